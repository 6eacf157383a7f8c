// Who is redirected to login and who gets 401 (invariant 11): by the headers that each client really sends.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { MemoryStore } from 'express-session'
import { afterEach, describe, expect, it } from 'vitest'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

type Headers = Readonly<Record<string, string | string[]>>
type Row = readonly [client: string, headers: Headers, method?: string]

const accepts = {
  chrome: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  firefox: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  android4: 'application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5',
  image: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
  safariImage: 'image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5',
  turboStream: 'text/vnd.turbo-stream.html, text/html, application/xhtml+xml',
}

function sec(mode: string, dest: string, site = 'same-origin'): Headers {
  return { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest }
}

/** Where there are no Sec-Fetch headers, over plain http off localhost: what is left of a browser's page and of its fetch(). */
const page = { accept: accepts.chrome, 'upgrade-insecure-requests': '1' }
const navigation = { ...page, ...sec('navigate', 'document', 'none'), 'sec-fetch-user': '?1' }
const anything = { accept: '*/*' }

const redirected: readonly Row[] = [
  ['Chrome, a typed URL', navigation],
  ['Chrome, a link on another site', { ...navigation, ...sec('navigate', 'document', 'cross-site') }],
  ['Firefox', { accept: accepts.firefox, ...sec('navigate', 'document', 'none'), 'sec-fetch-user': '?1' }],
  ['Safari', { accept: accepts.firefox, ...sec('navigate', 'document', 'none') }],
  ['Safari before 16.4, without Fetch Metadata', { accept: accepts.firefox }],
  ['Chrome over plain http off localhost', page],
  ['the browser of Android 4', { accept: accepts.android4 }],
  ['Internet Explorer 11', { accept: 'text/html, application/xhtml+xml, */*' }],
  ["an Android app's web view, which names itself", { ...navigation, 'x-requested-with': 'com.example.app' }],
  ['a service worker that passes a navigation on', { ...page, ...sec('navigate', 'empty') }],
  ['a navigation preload', { ...navigation, 'service-worker-navigation-preload': 'true' }],
  ['a navigation by HEAD', navigation, 'HEAD'],
  ['a link checker by HEAD', anything, 'HEAD'],
  ['curl', { ...anything, 'user-agent': 'curl/8.9.0' }],
  [
    'curl that offers HTTP/2',
    { ...anything, upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__', connection: 'Upgrade' },
  ],
  ['wget', { ...anything, 'accept-encoding': 'identity' }],
  ['Googlebot', { accept: accepts.firefox, 'user-agent': 'Googlebot/2.1' }],
  ['the preview of a link in a chat', { ...anything, 'user-agent': 'Slackbot-LinkExpanding 1.0' }],
  ['a client that names no type', {}],
  ['a client that names HTML in capitals', { accept: 'TEXT/HTML' }],
  ['a client that wants JSON less than HTML', { accept: 'text/html, application/json;q=0.9' }],
  ['a page whose Purpose is something else', { ...navigation, purpose: 'audit' }],
]

const navigationsNot: readonly Row[] = [
  ['a form post', { ...navigation, ...sec('navigate', 'document') }, 'POST'],
  ['a form post over plain http', page, 'POST'],
  ['PUT', anything, 'PUT'],
  ['DELETE', anything, 'DELETE'],
  ['OPTIONS', anything, 'OPTIONS'],
  [
    'a CORS preflight',
    { ...anything, ...sec('cors', 'empty', 'cross-site'), 'access-control-request-method': 'PUT' },
    'OPTIONS',
  ],
]

const aheadOfTime: readonly Row[] = [
  ['a prefetch of a page (Speculation Rules)', { ...navigation, 'sec-purpose': 'prefetch' }],
  ['a prerender (Speculation Rules)', { ...navigation, 'sec-purpose': 'prefetch;prerender' }],
  ['a prefetch by way of a proxy', { ...navigation, 'sec-purpose': 'prefetch;anonymous-client-ip' }],
  ['<link rel=prefetch> of Chrome', { ...page, ...sec('no-cors', 'empty'), 'sec-purpose': 'prefetch' }],
  ['a prefetch of Safari and older Chrome', { ...page, purpose: 'prefetch' }],
  ['a prefetch of Firefox', { ...page, 'x-moz': 'prefetch' }],
  ['a preview of Safari', { ...page, 'x-purpose': 'preview' }],
  ['a prefetch of Turbo', { ...page, 'x-sec-purpose': 'prefetch' }],
  ['a prefetch in capitals', { ...page, purpose: 'Prefetch' }],
  ['a prefetch that a service worker passes on', { ...page, ...sec('navigate', 'empty'), 'sec-purpose': 'prefetch' }],
]

const partsOfPages: readonly Row[] = [
  ...['iframe', 'frame', 'fencedframe', 'object', 'embed'].map(
    (dest): Row => [`<${dest}>`, { ...page, ...sec('navigate', dest) }],
  ),
  ...['script', 'style', 'image', 'font', 'video', 'audio', 'track', 'manifest', 'report', 'xslt'].map(
    (dest): Row => [`what is asked for as ${dest}`, { ...anything, ...sec('no-cors', dest) }],
  ),
  ...['serviceworker', 'worker', 'sharedworker'].map(
    (dest): Row => [
      `the script of a ${dest}`,
      { ...anything, ...sec('same-origin', dest), 'service-worker': 'script' },
    ],
  ),
  ['an image without Fetch Metadata', { accept: accepts.image }],
  ['an image of Safari before 16.4', { accept: accepts.safariImage }],
  ['a style without Fetch Metadata', { accept: 'text/css,*/*;q=0.1' }],
  ['EventSource', { accept: 'text/event-stream', ...sec('cors', 'empty') }],
  ['EventSource without Fetch Metadata', { accept: 'text/event-stream' }],
  ['a WebSocket', { ...anything, ...sec('websocket', 'websocket') }],
  [
    'a WebSocket as Chromium asks for it',
    {
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGVzdC10ZXN0LXRlc3QtMQ==',
    },
  ],
]

const scripts: readonly Row[] = [
  ['fetch() with its own Accept', { ...anything, ...sec('cors', 'empty') }],
  ['fetch() of the same origin alone', { ...anything, ...sec('same-origin', 'empty') }],
  ['fetch() without CORS', { ...anything, ...sec('no-cors', 'empty') }],
  ['fetch() that asks for HTML', { accept: 'text/html', ...sec('cors', 'empty') }],
  ['fetch() of Node, which tells the mode alone', { ...anything, 'sec-fetch-mode': 'cors' }],
  ['a service worker that fetches for a page', { ...anything, ...sec('cors', 'empty') }],
  ['jQuery', { ...anything, 'x-requested-with': 'XMLHttpRequest' }],
  [
    'jQuery for JSON',
    { accept: 'application/json, text/javascript, */*; q=0.01', 'x-requested-with': 'XMLHttpRequest' },
  ],
  ['XMLHttpRequest as some write it', { ...page, 'x-requested-with': 'xmlhttprequest' }],
  ['axios, over plain http or in Node', { accept: 'application/json, text/plain, */*' }],
  ['an API client', { accept: 'application/json' }],
  ['an API client that takes HTML too', { accept: 'application/json, text/html;q=0.9' }],
  ['HTTPie with JSON', { accept: 'application/json, */*;q=0.5' }],
  ['a client that refuses HTML', { accept: 'text/html;q=0, application/xhtml+xml;q=0, */*' }],
  ['a client that accepts nothing', { accept: '' }],
]

/** Each with Fetch Metadata and without: it is the library's own header that tells. */
const libraries: readonly Row[] = [
  ['htmx', { ...anything, 'hx-request': 'true', 'hx-current-url': 'http://app/' }],
  ['htmx, a boosted link', { ...anything, 'hx-request': 'true', 'hx-boosted': 'true' }],
  ['Turbo Drive', { accept: 'text/html, application/xhtml+xml', 'x-turbo-request-id': 'b2a4' }],
  ['a frame of Turbo', { accept: 'text/html, application/xhtml+xml', 'turbo-frame': 'orders' }],
  ['a stream of Turbo', { accept: accepts.turboStream, 'x-turbo-request-id': 'b2a4' }],
  ['Unpoly', { accept: 'text/html', 'x-up-version': '3.10.0', 'x-up-target': 'main' }],
  [
    'Inertia',
    { accept: 'text/html, application/xhtml+xml', 'x-inertia': 'true', 'x-requested-with': 'XMLHttpRequest' },
  ],
  ['Inertia without X-Requested-With', { accept: 'text/html, application/xhtml+xml', 'x-inertia': 'true' }],
  ['Livewire', { accept: 'text/html, application/xhtml+xml', 'x-livewire': '' }],
  ['Alpine AJAX', { ...anything, 'x-alpine-request': 'true' }],
  ['Datastar', { accept: 'text/event-stream, text/html, application/json', 'datastar-request': 'true' }],
  ['pjax', { accept: 'text/html, */*; q=0.01', 'x-pjax': 'true' }],
]

const withMetadata = libraries.map(
  ([client, headers]): Row => [`${client}, over https`, { ...headers, ...sec('cors', 'empty') }],
)

const malformed: readonly Row[] = [
  ['a doubled Sec-Fetch-Mode', { ...navigation, 'sec-fetch-mode': ['navigate', 'navigate'] }],
  ['a Sec-Fetch-Mode in capitals', { ...navigation, 'sec-fetch-mode': 'NAVIGATE' }],
  ['a Sec-Fetch-Mode nobody knows', { ...navigation, 'sec-fetch-mode': 'webtransport' }],
  ['an empty Sec-Fetch-Mode', { ...navigation, 'sec-fetch-mode': '' }],
  ['a doubled Sec-Fetch-Dest', { ...navigation, 'sec-fetch-dest': ['document', 'empty'] }],
  ['a Sec-Fetch-Dest without a mode, of a script', { ...page, 'sec-fetch-dest': 'empty' }],
  ['a doubled Sec-Purpose', { ...navigation, 'sec-purpose': ['none', 'prefetch'] }],
]

const named = (rows: readonly Row[]) => rows.map((row) => [row[0], row] as const)

describe.each(setups)('a guarded page on $name', (setup) => {
  const fixture = useProviderAndApp({ setup })
  const sessionsOf = () => Object.keys((fixture.app.sessions as MemoryStore & { sessions: object }).sessions)
  afterEach(() => {
    for (const id of sessionsOf()) fixture.app.sessions.destroy(id)
  })

  async function ask([, headers, method = 'GET']: Row) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = httpRequest(`${fixture.app.url}/orders/7?a=b`, { method, headers, agent: false })
      outgoing.once('response', resolve).once('error', reject).end()
    })
    return { status: response.statusCode, headers: response.headers, body: await text(response) }
  }

  it.each(named(redirected))('sends %s to login (Fetch Metadata)', async (_client, row) => {
    const { status, headers } = await ask(row)
    expect(status).toBe(302)
    expect(headers.location).toMatch(new RegExp(`^${fixture.provider.issuer}/authorize\\?`))
    expect(headers['cache-control']).toBe('no-store')
    expect(sessionsOf()).toHaveLength(1)
  })

  it.each(
    named([
      ...navigationsNot,
      ...aheadOfTime,
      ...partsOfPages,
      ...scripts,
      ...libraries,
      ...withMetadata,
      ...malformed,
    ]),
  )('tells %s 401 and makes no session (RFC 9457)', async (_client, row) => {
    const { status, headers, body } = await ask(row)
    expect(status).toBe(401)
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(headers['cache-control']).toBe('no-store')
    expect([headers['set-cookie'], headers.location, sessionsOf()]).toEqual([undefined, undefined, []])
    const problem = { type: 'about:blank', title: 'You are not signed in', status: 401, code: 'ERR_RP_LOGIN_REQUIRED' }
    // Not where to come back to: what a script asked for is no page.
    expect(JSON.parse(body)).toEqual({ ...problem, login_url: '/login' })
  })
})
