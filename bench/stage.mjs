// The stage of a measure: the stub provider and relying parties, each in a process of its own, gone when the measure ends.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Pool } from 'undici'
import { startChild } from './child.mjs'
import { Browser } from './load/browser.mjs'
import { login, unexpected } from './load/login.mjs'

/**
 * @template Result
 * @param {(stage: Awaited<ReturnType<typeof openStage>>) => Promise<Result>} use
 */
export async function withStage(use) {
  const stage = await openStage()
  try {
    return await use(stage)
  } catch (error) {
    throw new Error(`${error.message}\n${stage.complaints()}`, { cause: error })
  } finally {
    await stage.close()
  }
}

async function openStage() {
  const provider = await startChild('provider.mjs')
  const processes = [provider]

  /** Starts a party; several processes of it serve one app, of which the first one's address is known to the provider. */
  async function start(party, { processes: count = 1, isChecked = true, ...settings } = {}) {
    const ports = []
    while (ports.length < count) ports.push(await freePort())
    const baseUrl = `http://127.0.0.1:${ports[0]}`
    const members = []
    for (const port of ports) {
      const member = await startMember(party, { ...settings, issuer: provider.ready, baseUrl, port })
      processes.push(member)
      members.push(member)
    }
    if (isChecked) await requireGuard(members[0])
    return { ...members[0], members }
  }

  return {
    provider,
    start,
    async startAll(parties, settings) {
      const started = []
      for (const party of parties) started.push(await start(party, settings))
      return started
    },
    complaints: () => processes.map((process) => process.complaints()).join(''),
    async close() {
      for (const process of processes.reverse()) await process.stop()
    },
  }
}

async function startMember(party, settings) {
  const child = await startChild('party-process.mjs', {
    settings: { file: party.file, options: party.options, ...settings },
    execArgv: ['--expose-gc'],
  })
  const pool = new Pool(`http://127.0.0.1:${settings.port}`, { connections: 128 })
  const stop = async () => {
    await pool.destroy()
    await child.stop()
  }
  return { ...party, baseUrl: settings.baseUrl, pool, ask: child.ask, complaints: child.complaints, stop }
}

/** No party is measured that serves its guarded page to anybody, or not to the person who signed in. */
async function requireGuard(party) {
  const stranger = await new Browser(party.pool).request('/guarded')
  if (![302, 303, 401].includes(stranger.status)) throw unexpected(party, '/guarded, without a login,', stranger)
  const person = await login(party, { sub: 'guard-check' })
  const page = await person.request('/guarded')
  if (page.status !== 200 || !page.text.includes('"guard-check')) throw unexpected(party, '/guarded', page)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
