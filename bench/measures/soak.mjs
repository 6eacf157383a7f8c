// Hours of work in minutes: people sign in, ask for pages and sign out. What the heap keeps of that would be a leak.
import { getGuarded } from '../load/guarded.mjs'
import { login, unexpected } from '../load/login.mjs'
import { ours, partiesNamed } from '../parties/index.mjs'
import { withStage } from '../stage.mjs'
import { slope } from '../statistics.mjs'

const people = 16
const requestsPerLogin = 25
const looks = 20

export async function soak(pace) {
  const logins = pace.scale(20_000, 160)
  return await withStage(async (stage) => {
    const [party] = await stage.startAll(partiesNamed(ours))
    const visitsPerLook = Math.round(logins / looks / people)
    const points = []
    for (let look = 1; look <= looks; look++) {
      await Promise.all(
        Array.from({ length: people }, (_, person) => visitOften(party, `person-${person}`, visitsPerLook)),
      )
      const { entries } = await party.ask('store')
      const requests = look * visitsPerLook * people * requestsPerLogin
      points.push({ requests, heapBytes: await party.ask('heap'), storeEntries: entries })
      pace.progress(look / looks)
    }
    // The first fifth compiles code and fills caches.
    const settled = points.slice(looks / 5).map(({ requests, heapBytes }) => [requests / 1000, heapBytes])
    return {
      logins: visitsPerLook * people * looks,
      requests: points.at(-1).requests,
      bytesPerThousandRequests: slope(settled),
      points,
    }
  })
}

async function visitOften(party, sub, times) {
  for (let visit = 0; visit < times; visit++) {
    const browser = await login(party, { sub })
    for (let request = 0; request < requestsPerLogin; request++) await getGuarded(party, browser.cookie)
    const headers = { origin: party.baseUrl, 'sec-fetch-site': 'same-origin' }
    const answer = await browser.request('/logout', { method: 'POST', headers })
    if (answer.status >= 400) throw unexpected(party, '/logout', answer)
  }
}
