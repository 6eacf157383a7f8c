// What a refresh costs the requests that need it: 4 processes behind a load balancer on real stores, while things fail.
// Run it by `node bench/refresh-faults.mjs` when dist is built; it takes about a minute and needs Redis and PostgreSQL.
import { register } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'

register('./typescript.mjs', import.meta.url)
const { startStage } = await import('../test/multi-process/stage.ts')
const { startStoreServer } = await import('../test/multi-process/store-server.ts')
const { firstBy, forwardAtOnce, hold } = await import('../test/multi-process/token-gate.ts')

const processes = 4
const requests = 100
const users = 50

/** Each asks for tokens while something happens, and returns the answers. */
const scenarios = {
  async 'token is good (the floor)'({ stage, person }) {
    await person.ask('/token')
    stage.gate.refreshes.length = 0
    return await person.askAtOnce(requests, '/token')
  },
  async 'token has expired'({ person }) {
    return await person.askAtOnce(requests, '/token')
  },
  async 'provider answers after 3 s'({ stage, person }) {
    stage.gate.rule = async (forward) => {
      await delay(3000)
      return await forward()
    }
    return await person.askAtOnce(requests, '/token')
  },
  async 'refreshing process is killed'({ stage, person }) {
    return await whileHeld(stage, person, ({ process }) => stage.cluster.kill(process))
  },
  async 'store is restarted'({ stage, storeServer, person }) {
    return await whileHeld(stage, person, async (_refresh, release) => {
      await storeServer.restart()
      release()
    })
  },
  async [`${users} people, 4 requests each`]({ stage }) {
    const people = []
    for (let number = 1; number <= users; number++) people.push(await stage.signIn(`person-${number}`))
    const answers = await Promise.all(people.map((person) => person.askAtOnce(4, '/token')))
    return answers.flat()
  },
  async 'provider answers 500 once'({ stage }) {
    return await whileRefused(stage, { status: 500, body: '' })
  },
  // The last one: nobody asks this provider again in the next seconds.
  async 'provider answers 429 once'({ stage }) {
    return await whileRefused(stage, { status: 429, headers: { 'retry-after': '4' }, body: '' })
  },
}

/** Acts when all requests are in and the first refresh waits at the provider, until it is released. */
async function whileHeld({ gate, cluster }, person, act) {
  const { rule, held, release } = hold('before')
  gate.rule = firstBy(rule)
  const arrived = cluster.arrivals('/token', requests)
  const answers = person.askAtOnce(requests, '/token')
  const refresh = await held
  await arrived
  await act(refresh, release)
  return await answers
}

/** With a token that is due and still lives a minute. */
async function whileRefused(stage, answer) {
  stage.gate.lifeSeconds.code = 600
  const person = await stage.signIn('carol')
  await stage.cluster.putAhead(545)
  stage.gate.rule = firstBy(async () => answer)
  return await person.askAtOnce(requests, '/token')
}

function isFailed(stage, { status, body }) {
  return status !== 200 || stage.gate.ownerOf(body.tokenHash) !== body.sub
}

/** What the requests took longer than the provider; a killed process has no answer to its refresh. */
function row(stage, name, answers) {
  const provider = median(stage.gate.refreshes.map(({ seconds }) => seconds).filter((seconds) => seconds !== undefined))
  const added = answers.map(({ seconds }) => seconds - (provider ?? 0))
  return [
    name,
    answers.length,
    answers.filter((answer) => isFailed(stage, answer)).length,
    stage.gate.refreshes.length,
    ...[provider ?? 0, median(added), Math.max(...added)].map((seconds) => (seconds * 1000).toFixed(0)),
  ]
}

function median(values) {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]
}

async function measure(kind) {
  const storeServer = await startStoreServer(kind)
  const stage = await startStage({ store: kind, storeUrl: storeServer.url, processes })
  const rows = []
  const warmUp = await stage.signIn('warm-up')
  for (let round = 1; round <= 3; round++) await warmUp.askAtOnce(requests, '/token')
  for (const [name, run] of Object.entries(scenarios)) {
    await stage.reset()
    const answers = await run({ stage, storeServer, person: await stage.signIn('alice') })
    rows.push(row(stage, name, answers))
    stage.gate.rule = forwardAtOnce
    for (let index = 0; index < processes; index++) await stage.cluster.restart(index)
  }
  await stage.close()
  await storeServer.stop()
  return rows
}

function print(rows) {
  const head = ['', 'requests', 'failed', 'refreshes', 'provider ms', 'added ms, median', 'added ms, max']
  const cells = [head, ...rows].map((row) => row.map(String))
  for (const [first, ...rest] of cells) {
    console.log(first.padEnd(34) + rest.map((cell, index) => cell.padStart(head[index + 1].length + 2)).join(''))
  }
}

console.log(`Node ${process.version}, ${processes} processes`)
for (const kind of ['redis', 'postgres']) {
  console.log(`\n${kind}`)
  print(await measure(kind))
}
