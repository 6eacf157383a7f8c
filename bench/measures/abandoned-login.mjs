// What logins leave behind that are started and never finished, each by a new browser: most of them are bots'.
import { atOnce } from '../load/at-once.mjs'
import { Browser } from '../load/browser.mjs'
import { beginLogin } from '../load/login.mjs'
import { ours, parties } from '../parties/index.mjs'
import { withStage } from '../stage.mjs'

const concurrency = 16
const hourSeconds = 3600
const weekSeconds = 7 * 24 * hourSeconds

export async function abandonedLogin(pace) {
  const contestants = pace.only(parties).filter(({ name }) => name !== 'express-openid-connect-cookie')
  const figures = {}
  for (const [index, party] of contestants.entries()) {
    const isCloselyLookedAt = ['floor', ours].includes(party.name)
    const logins = pace.scale(isCloselyLookedAt ? 20_000 : 2000, 100)
    figures[party.name] = await withStage((stage) => abandon(stage, party, logins))
    pace.progress((index + 1) / contestants.length)
  }
  return { parties: figures }
}

async function abandon(stage, contestant, logins) {
  const party = await stage.start(contestant, { store: 'forgetful' })
  const begin = () => beginLogin(new Browser(party.pool), party)
  // Enough to have compiled all code; what belongs to it is gone before the first look.
  await atOnce({ count: Math.ceil(logins / 20), concurrency, work: begin })
  await party.ask('passSeconds', { seconds: weekSeconds })
  const atFirst = await lookAt(party)
  await atOnce({ count: logins, concurrency, work: begin })
  const afterwards = await lookAt(party)
  await party.ask('passSeconds', { seconds: hourSeconds + 60 })
  const { entries: entriesAfterHour } = await party.ask('store')
  await party.ask('passSeconds', { seconds: weekSeconds })
  const atLast = await lookAt(party)
  return {
    logins,
    storeBytesEach: (afterwards.bytes - atFirst.bytes) / logins,
    heapBytesEach: (afterwards.heap - atFirst.heap) / logins,
    cookieBytes: await cookieBytes(party),
    entriesAfterHour: entriesAfterHour - atFirst.entries,
    entriesAtLast: atLast.entries - atFirst.entries,
    heapMegabytes: [atFirst, afterwards, atLast].map(({ heap }) => heap / 1e6),
    heapBytesKeptEach: (atLast.heap - atFirst.heap) / logins,
  }
}

async function lookAt(party) {
  return { ...(await party.ask('store')), heap: await party.ask('heap') }
}

/** What the browser of a started login sends with every request. */
async function cookieBytes(party) {
  const browser = new Browser(party.pool)
  await beginLogin(browser, party)
  return browser.cookie.length
}
