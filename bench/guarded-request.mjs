// CPU of one guarded request, beside the floor: both apps in processes of their own, loads interleaved, medians.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startTestProvider, TestBrowser } from 'express-relying-party/testing'
import { Pool } from 'undici'

const rounds = 9
const requestsPerRound = 4000
const concurrency = 16
const script = fileURLToPath(new URL('guarded-app.mjs', import.meta.url))

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function startApp(kind, issuer) {
  const port = await freePort()
  const child = fork(script, [kind, issuer, String(port)], { env: { ...process.env, NODE_ENV: 'test' } })
  await once(child, 'message')
  const url = `http://127.0.0.1:${port}`
  const browser = new TestBrowser()
  await browser.follow(kind === 'floor' ? `${url}/login` : `${url}/guarded`)
  const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return { kind, child, cookie, pool: new Pool(url, { connections: concurrency }), costs: [] }
}

async function get({ pool, cookie }, path) {
  const { statusCode, body } = await pool.request({ path, method: 'GET', headers: { cookie } })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text}`)
  return text
}

async function measure(app) {
  const before = Number(await get(app, '/cpu'))
  let left = requestsPerRound
  const worker = async () => {
    while (left-- > 0) await get(app, '/guarded')
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  app.costs.push((Number(await get(app, '/cpu')) - before) / requestsPerRound)
}

const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]

const provider = await startTestProvider()
const apps = [await startApp('floor', provider.issuer), await startApp('relying-party', provider.issuer)]
for (const app of apps) await measure(app) // warm-up
for (const app of apps) app.costs.length = 0
const asked = provider.requests.length
for (let round = 1; round <= rounds; round++) {
  for (const app of apps) await measure(app)
  process.stderr.write(`round ${round} of ${rounds}\n`)
}

const [floor, ours] = apps.map(({ costs }) => median(costs))
const ratios = apps[1].costs.map((cost, round) => cost / apps[0].costs[round])
console.log(
  `Node ${process.version}, ${requestsPerRound} requests a round, ${rounds} rounds, concurrency ${concurrency}`,
)
console.log(`floor (express-session with the user in it)  ${floor.toFixed(0)} us of CPU a request`)
console.log(`relyingParty + requireAuth                    ${ours.toFixed(0)} us of CPU a request`)
console.log(`ratio, median of the rounds                   ${median(ratios).toFixed(2)}`)
console.log(`requests to the provider meanwhile            ${provider.requests.length - asked}`)

for (const { child, pool } of apps) {
  await pool.close()
  child.kill()
}
await provider.close()
