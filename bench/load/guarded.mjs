// Guarded requests of people who are signed in, and what they cost the party.
import { atOnce } from './at-once.mjs'
import { unexpected } from './login.mjs'

const concurrency = 16
/** From then on a request costs no less: the code is compiled and optimized, as in an app that runs for a while. */
const warmUp = { requests: 5000, seconds: 4 }

/** Before requests are counted; several parties at once. */
export async function warmUpGuarded(contestants, pace) {
  const count = pace.scale(warmUp.requests, 50)
  await Promise.all(contestants.map(({ party, cookies }) => sampleGuarded(party, cookies, count, warmUp.seconds)))
}

/**
 * @param {{ pool: import('undici').Pool, ask: (order: string) => Promise<number>, name: string }} party
 * @param {readonly string[]} cookies of the people who take turns
 * @param {number} count
 * @param {number} [atMostSeconds]
 */
export async function sampleGuarded(party, cookies, count, atMostSeconds) {
  const before = await party.ask('cpu')
  const { milliseconds, seconds } = await atOnce({
    count,
    concurrency,
    atMostSeconds,
    work: (index) => getGuarded(party, cookies[index % cookies.length]),
  })
  const cpu = ((await party.ask('cpu')) - before) / milliseconds.length
  return { cpu, milliseconds, perSecond: milliseconds.length / seconds }
}

export async function getGuarded(party, cookie) {
  const { statusCode, body } = await party.pool.request({ path: '/guarded', method: 'GET', headers: { cookie } })
  const text = await body.text()
  if (statusCode !== 200) throw unexpected(party, '/guarded', { status: statusCode, text })
}
