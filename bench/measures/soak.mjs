// Hours of work in minutes: people sign in, ask for pages and sign out. What the heap keeps of that would be a leak.
import { getGuarded } from '../load/guarded.mjs'
import { login, unexpected } from '../load/login.mjs'
import { ours, partiesNamed } from '../parties/index.mjs'
import { withStage } from '../stage.mjs'
import { riseOfMinima } from '../statistics.mjs'

const requestsPerLogin = 25
/** Longer than anything lives that a login leaves in the store. */
const monthSeconds = 31 * 86_400

export async function soak(pace) {
  const people = pace.scale(16, 2)
  const looks = pace.scale(20, 5)
  const visitsPerLook = Math.round(pace.scale(20_000, 20) / looks / people)
  return await withStage(async (stage) => {
    const [party] = await stage.startAll(partiesNamed(ours), { store: 'forgetful' })
    const points = []
    for (let look = 1; look <= looks; look++) {
      const visits = Array.from({ length: people }, (_, person) => visitOften(party, `person-${person}`, visitsPerLook))
      await Promise.all(visits)
      const logins = look * visitsPerLook * people
      points.push({ requests: logins * requestsPerLogin, logins, ...(await lookAt(party)) })
      pace.progress(look / looks)
    }
    // The first fifth compiles code and fills caches. From then on the memory of opened records fills and empties.
    const settled = points.slice(looks / 5).map(({ requests, heapBytes }) => [requests / 1000, heapBytes])
    const { requests, logins } = points.at(-1)
    return { requests, logins, bytesPerThousandRequests: riseOfMinima(settled), points }
  })
}

/** Everybody has signed out: what is left in the store has a life, and what is left elsewhere has none. */
async function lookAt(party) {
  await party.ask('passSeconds', { seconds: monthSeconds })
  const { entries } = await party.ask('store')
  return { heapBytes: await party.ask('heap'), storeEntries: entries }
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
