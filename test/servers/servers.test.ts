// The servers of the tests serve, keep what they should, and are gone when the test run is, however it ended.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { askPort } from './server-process.ts'

const compiled = compileServers()
const cleanups: (() => unknown)[] = []
afterAll(() => Promise.all(cleanups.map((cleanup) => cleanup())))

describe('startRedis', () => {
  it('keeps writes over a restart and a kill when it is persistent', async () => {
    const server = await startRedis({ persistent: true })
    cleanups.push(server.stop)
    expect(await askPort(server.port, 'SET a 1\r\n')).toBe('+OK\r\n')
    await server.restart()
    expect(await askPort(server.port, 'GET a\r\n')).toBe('$1\r\n1\r\n')
    await server.kill()
    expect(await isOpen(server.port)).toBe(false)
    await server.restart()
    expect(await askPort(server.port, 'GET a\r\n')).toBe('$1\r\n1\r\n')
  })

  it('forgets all otherwise', async () => {
    const server = await startRedis()
    cleanups.push(server.stop)
    await askPort(server.port, 'SET a 1\r\n')
    await server.restart()
    expect(await askPort(server.port, 'GET a\r\n')).toBe('$-1\r\n')
  })
})

describe('startPostgres', () => {
  it('keeps rows over a restart, and is gone after stop', async () => {
    const server = await startPostgres()
    cleanups.push(server.stop)
    await query(server.url, 'create table a as select 1 as one')
    await server.restart()
    expect(await query(server.url, 'select one from a')).toEqual([{ one: 1 }])
    await server.stop()
    expect(await isOpen(server.port)).toBe(false)
  })
})

describe.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('a test run that ends by %s', (signal) => {
  it('leaves no server behind', async () => {
    const run = startRun()
    cleanups.push(() => run.kill('SIGKILL'))
    const ports = await portsOf(run)
    expect(await Promise.all(ports.map(isOpen))).toEqual([true, true])
    run.kill(signal)
    await expect.poll(() => Promise.all(ports.map(isOpen)), { timeout: 10_000 }).toEqual([false, false])
  })
})

it('a test run that just ends leaves no server behind', async () => {
  const run = startRun('process.stdin.once("data", () => process.stdin.destroy())')
  const ports = await portsOf(run)
  run.stdin?.write('end\n')
  await once(run, 'exit')
  await expect.poll(() => Promise.all(ports.map(isOpen)), { timeout: 10_000 }).toEqual([false, false])
})

/** Another process that starts both servers, prints their ports and waits. */
function startRun(waiting = 'setInterval(() => {}, 1000)'): ChildProcess {
  const script = `import { startRedis } from './redis.js'
import { startPostgres } from './postgres.js'
const servers = await Promise.all([startRedis(), startPostgres()])
console.log(JSON.stringify(servers.map(({ port }) => port)))
${waiting}`
  const args = ['--input-type=module', '--eval', script]
  return spawn(process.execPath, args, { cwd: compiled, stdio: ['pipe', 'pipe', 'inherit'] })
}

async function portsOf(run: ChildProcess): Promise<number[]> {
  if (run.stdout === null) throw new Error('the run has no output')
  const [line] = await once(run.stdout, 'data')
  return JSON.parse(String(line))
}

/** Node 20 runs no TypeScript. */
function compileServers(): string {
  const folder = fileURLToPath(new URL('../../.cache/servers', import.meta.url))
  mkdirSync(folder, { recursive: true })
  for (const name of ['redis', 'postgres', 'server-process']) {
    const source = readFileSync(new URL(`${name}.ts`, import.meta.url), 'utf8')
    const compilerOptions = {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
    }
    writeFileSync(`${folder}/${name}.js`, ts.transpileModule(source, { compilerOptions }).outputText)
  }
  return folder
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
