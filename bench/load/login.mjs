// A whole login as a browser makes it. The step at the provider is taken here, without a request: it is no party's work.
import { createCode } from '../tokens.mjs'
import { Browser } from './browser.mjs'

/** How a browser starts a login; each resolves to the Authorization Request's URL. */
const beginnings = {
  async 'by-link'(browser, { loginPath }) {
    return await browser.request(loginPath)
  },
  async 'by-csrf-form'(browser, { loginPath }) {
    const { text } = await browser.request('/auth/csrf')
    const body = new URLSearchParams({ csrfToken: JSON.parse(text).csrfToken, callbackUrl: '/guarded' }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return await browser.request(loginPath, { method: 'POST', headers, body })
  },
}

/** Starts a login and abandons it. */
export async function beginLogin(browser, party) {
  const answer = await beginnings[party.begins](browser, party)
  if (!isRedirect(answer) || !answer.location.includes('/authorize?')) throw unexpected(party, party.loginPath, answer)
  return new URL(answer.location)
}

/** Signs a person in with a new browser, from the login route to the callback's redirect. */
export async function login(party, { sub = 'alice', shape = 'usual', browser = new Browser(party.pool) } = {}) {
  const callback = authorize(await beginLogin(browser, party), { sub, shape })
  const answer = await browser.request(callback)
  if (!isRedirect(answer) || /error/.test(answer.location)) throw unexpected(party, '/callback', answer)
  return browser
}

/** What the provider does at its authorization endpoint: the path that the browser comes back to. */
function authorize({ searchParams }, { sub, shape }) {
  const code = createCode({
    clientId: searchParams.get('client_id'),
    sub,
    shape,
    nonce: searchParams.get('nonce') ?? undefined,
    challenge: searchParams.get('code_challenge') ?? undefined,
  })
  const { pathname } = new URL(searchParams.get('redirect_uri'))
  const answer = new URLSearchParams({ code })
  if (searchParams.has('state')) answer.set('state', searchParams.get('state'))
  return `${pathname}?${answer}`
}

function isRedirect({ status }) {
  return status === 302 || status === 303
}

export function unexpected({ name }, path, { status, location, text }) {
  return new Error(`${name}: ${path} answered ${status} ${location ?? text.slice(0, 500)}`)
}
