// Guarded requests of people who are signed in, and what they cost the party.
import { atOnce } from './at-once.mjs'
import { unexpected } from './login.mjs'

const concurrency = 16

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
