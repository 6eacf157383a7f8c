// An access token has ended, and 100 requests want a good one at once: in one process, and in four on Redis.
import { spawnSync } from 'node:child_process'
import { register } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { atOnce } from '../load/at-once.mjs'
import { login } from '../load/login.mjs'
import { parties } from '../parties/index.mjs'
import { withStage } from '../stage.mjs'
import { median, percentile } from '../statistics.mjs'

const requests = 100
const refreshMilliseconds = 100
/** The tokens of the shape `expiring` live a second. */
const untilExpired = 1500

export async function refreshStampede(pace) {
  const contestants = pace.only(parties).filter(({ refreshes }) => refreshes)
  const trials = pace.scale(5, 1)
  const hasRedis = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0
  const result = { requests, trials, refreshMilliseconds, processes: {} }
  result.processes[1] = await stampede(contestants, { trials, settings: {} })
  pace.progress(0.4)
  if (!hasRedis)
    return { ...result, skipped: 'four processes: no redis-server on the PATH (apt-get install redis-server)' }
  register('../typescript.mjs', import.meta.url)
  const { startRedis } = await import('../../test/servers/redis.ts')
  const redis = await startRedis()
  try {
    const settings = { processes: 4, store: 'redis', redisUrl: redis.url }
    result.processes[4] = await stampede(contestants, { trials, settings })
  } finally {
    await redis.stop()
  }
  return result
}

async function stampede(contestants, { trials, settings }) {
  const figures = {}
  for (const contestant of contestants) {
    figures[contestant.name] = await withStage(async (stage) => {
      const party = await stage.start(contestant, settings)
      await stage.provider.ask('delayRefreshes', { milliseconds: refreshMilliseconds })
      const people = []
      // One more than is counted, to warm up.
      for (let trial = 0; trial <= trials; trial++)
        people.push(await login(party, { sub: `p${trial}`, shape: 'expiring' }))
      await delay(untilExpired)
      const outcomes = []
      for (const { cookie } of people) outcomes.push(await askAtOnce(stage, party, cookie))
      return summarize(outcomes.slice(1))
    })
  }
  return figures
}

async function askAtOnce({ provider }, { members }, cookie) {
  const { refresh: before = 0 } = await provider.ask('counts')
  let failed = 0
  const { milliseconds } = await atOnce({
    count: requests,
    concurrency: requests,
    work: async (index) => {
      const { pool } = members[index % members.length]
      const { statusCode, body } = await pool.request({ path: '/fresh', method: 'GET', headers: { cookie } })
      await body.dump()
      if (statusCode !== 200) failed += 1
    },
  })
  const { refresh = 0 } = await provider.ask('counts')
  return { refreshes: refresh - before, failed, milliseconds }
}

function summarize(outcomes) {
  const refreshes = outcomes.map((outcome) => outcome.refreshes)
  const milliseconds = outcomes.flatMap((outcome) => outcome.milliseconds)
  return {
    refreshes: median(refreshes),
    mostRefreshes: Math.max(...refreshes),
    failed: median(outcomes.map(({ failed }) => failed)),
    p50Milliseconds: percentile(milliseconds, 50),
    p99Milliseconds: percentile(milliseconds, 99),
  }
}
