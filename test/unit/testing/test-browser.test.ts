import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { navigationHeaders } from '../../../src/testing/fetch-metadata.ts'
import { startTestProvider, TestBrowser } from '../../../src/testing/index.ts'
import { CODE_CHALLENGE } from './code-flow.ts'

interface Seen {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

const seen: Seen[] = []

/** What stands behind the form of `/form/<name>?<action>`. */
const pages: Record<string, string> = {
  submitted: '<script>document.forms[0].submit()</script>',
  quiet: '<button>Go</button>',
}
let server: Server
let local: string
let address: string

/** `/to/<status>?<url>` redirects there; `/form/<name>?<action>` has a form and cookies of all kinds; everything else answers 200 with JSON and a cookie for each pair of the query. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  seen.push({ method: request.method, url: request.url, headers: request.headers, body })
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s)
  if (path.startsWith('/to/')) {
    response.writeHead(Number(path.slice(4)), { location: query, 'set-cookie': ['step=1; Path=/'] }).end()
    return
  }
  if (path.startsWith('/form/')) {
    response.setHeader('set-cookie', [
      'lax=1; Path=/; SameSite=Lax',
      'strict=1; Path=/; SameSite=strict',
      'none=1; Path=/; SameSite=None',
      'old=1; Path=/',
    ])
    response.end(
      `<form method="post" action="${query}"><input name="a" value="1 &amp; 2"></form>${pages[path.slice(6)]}`,
    )
    return
  }
  response.setHeader(
    'set-cookie',
    [...new URLSearchParams(query)].map(([name, value]) => `${name}=${value}; Path=/`),
  )
  response.end(JSON.stringify({ method: request.method, body }))
}

beforeAll(async () => {
  server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  // Both names lead here, and are two sites to a browser.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  local = `http://localhost:${port}`
  address = `http://127.0.0.1:${port}`
})

afterEach(() => {
  seen.length = 0
})

afterAll(async () => new Promise((resolve) => server.close(resolve)))

function sites(): unknown[] {
  return seen.map(({ headers }) => headers['sec-fetch-site'])
}

describe('TestBrowser.get', () => {
  it('sends the headers of a page navigation to a typed URL', async () => {
    await new TestBrowser().get(`${local}/page`)
    expect(seen[0]?.headers).toMatchObject({
      accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'sec-fetch-site': 'none',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-user': '?1',
    })
    expect(seen[0]?.headers).not.toHaveProperty('origin')
  })

  it('lets the headers of the test win, in any case, and removes those that are undefined', async () => {
    const headers = { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors', 'sec-fetch-user': undefined }
    await new TestBrowser().get(local, { headers })
    expect(seen[0]?.headers).toMatchObject({ accept: 'application/json', 'sec-fetch-mode': 'cors' })
    expect(seen[0]?.headers).not.toHaveProperty('sec-fetch-user')
  })

  it('does not follow a redirect, and says where it leads', async () => {
    const page = await new TestBrowser().get(`${local}/to/302?/next`)
    expect(page.status).toBe(302)
    expect(page.url).toBe(`${local}/to/302?/next`)
    expect(page.headers.get('location')).toBe('/next')
    expect(page.redirects).toEqual([`${local}/next`])
    expect(seen).toHaveLength(1)
  })

  it('gives the text and the JSON of the page', async () => {
    const page = await new TestBrowser().get(local)
    expect(page.json()).toEqual({ method: 'GET', body: '' })
    expect(JSON.parse(page.text)).toEqual(page.json())
  })

  it('refuses what is not http', async () => {
    await expect(new TestBrowser().get('ftp://localhost/')).rejects.toThrow('not an http or https URL')
  })
})

describe('TestBrowser.post', () => {
  it('sends a form from a page of the same origin', async () => {
    await new TestBrowser().post(`${local}/form`, { a: '1 2', b: '&' })
    expect(seen[0]).toMatchObject({ method: 'POST', body: 'a=1+2&b=%26' })
    expect(seen[0]?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      origin: local,
      'sec-fetch-site': 'same-origin',
    })
  })

  it('sends a form from a page of another site', async () => {
    await new TestBrowser().post(`${local}/form`, {}, { from: address })
    expect(seen[0]?.headers).toMatchObject({ origin: address, 'sec-fetch-site': 'cross-site' })
  })
})

describe('TestBrowser.follow', () => {
  it.each([301, 302, 303])('turns a POST into a GET at %i', async (status) => {
    const page = await new TestBrowser().follow(`${local}/to/${status}?/next`, { form: { a: '1' } })
    expect(page.json()).toEqual({ method: 'GET', body: '' })
    expect(seen[1]?.headers).not.toHaveProperty('content-type')
    expect(seen[1]?.headers).not.toHaveProperty('origin')
  })

  it.each([307, 308])('repeats a POST at %i', async (status) => {
    const page = await new TestBrowser().follow(`${local}/to/${status}?/next`, { form: { a: '1' } })
    expect(page.json()).toEqual({ method: 'POST', body: 'a=1' })
  })

  it('lists the redirects and ends at the last page', async () => {
    const page = await new TestBrowser().follow(`${local}/to/302?${address}/to/303?/end`)
    expect(page.redirects).toEqual([`${address}/to/303?/end`, `${address}/end`])
    expect([page.status, page.url]).toEqual([200, `${address}/end`])
  })

  it('posts a form that posts itself, as a navigation of that page', async () => {
    const page = await new TestBrowser().follow(`${local}/to/302?${address}/form/submitted?${local}/end`)
    expect([page.url, page.json(), page.redirects.length]).toEqual([
      `${local}/end`,
      { method: 'POST', body: 'a=1+%26+2' },
      1,
    ])
    expect(seen[2]?.headers).toMatchObject({ origin: address, 'sec-fetch-site': 'cross-site' })
  })

  it('stops before a form to the URL of until, and gives the form', async () => {
    const until = (url: URL): boolean => url.pathname === '/end'
    const { form } = await new TestBrowser().follow(`${local}/form/submitted?/end`, { until })
    expect([form?.url, form?.fields.toString(), seen.length]).toEqual([`${local}/end`, 'a=1+%26+2', 1])
  })

  it('leaves a form that waits for its button, and one after get', async () => {
    expect((await new TestBrowser().follow(`${local}/form/quiet?/end`)).form).toBeUndefined()
    await new TestBrowser().get(`${local}/form/submitted?/end`)
    expect(seen).toHaveLength(2)
  })

  it('counts forms to max: one that goes round ends', async () => {
    const browser = new TestBrowser()
    await expect(browser.follow(`${local}/form/submitted?/form/submitted`, { max: 3 })).rejects.toThrow('More than 3')
    expect(seen).toHaveLength(4)
  })

  it.each([
    ['GET', undefined, 'lax=1; none=1; old=1'],
    ['POST', {}, 'none=1; old=1'],
  ])(
    'sends with a %s from another site the cookies that SameSite allows (RFC 6265bis)',
    async (_method, form, sent) => {
      const browser = new TestBrowser()
      await browser.get(`${local}/form/quiet?/`)
      await browser.follow(`${local}/`, { from: address, ...(form && { form }) })
      await browser.follow(`${local}/`, { from: local, ...(form && { form }) })
      await browser.get(`${local}/`)
      const all = 'lax=1; strict=1; none=1; old=1'
      expect(seen.slice(1).map(({ headers }) => headers.cookie)).toEqual([sent, all, all])
    },
  )

  it('stops before the URL of until, which it does not request', async () => {
    const until = (url: URL): boolean => url.pathname === '/callback'
    const page = await new TestBrowser().follow(`${local}/to/302?/to/302?/callback`, { until })
    expect(page.status).toBe(302)
    expect(page.redirects.at(-1)).toBe(`${local}/callback`)
    expect(seen).toHaveLength(2)
  })

  it('gives up after max redirects, without the query in the error', async () => {
    const browser = new TestBrowser()
    const url = `${local}/to/302?/to/302?/to/302?/end`
    await expect(browser.follow(url, { max: 2 })).rejects.toThrow(/^More than 2 redirects, the last one from [^?]+\.$/)
    await expect(browser.follow(url, { max: 3 })).resolves.toMatchObject({ status: 200 })
  })

  it('refuses a Location that is no URL', async () => {
    await expect(new TestBrowser().follow(`${local}/to/302?http://`)).rejects.toThrow('is no URL')
  })

  it('keeps cookies by host over the redirects, as a browser does', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${local}/to/302?${address}/to/302?${local}/?a=1`)
    expect(seen.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined, 'step=1'])
    expect(browser.cookies.map(({ host, name }) => `${host} ${name}`)).toEqual([
      'localhost step',
      '127.0.0.1 step',
      'localhost a',
    ])
    browser.clearCookies()
    expect(browser.cookies).toEqual([])
    await browser.get(local)
    expect(seen.at(-1)?.headers).not.toHaveProperty('cookie')
  })

  it('goes through a login at the test provider', async () => {
    const provider = await startTestProvider()
    const query = new URLSearchParams({
      client_id: 'test-client',
      response_type: 'code',
      redirect_uri: `${local}/callback`,
      code_challenge: CODE_CHALLENGE,
      code_challenge_method: 'S256',
    })
    const page = await new TestBrowser().follow(`${local}/to/302?${provider.url}/authorize?${query}`, { from: local })
    await provider.close()
    expect(page.url).toContain(`${local}/callback?code=`)
    expect(sites()).toEqual(['same-origin', 'cross-site'])
  })
})

describe('Sec-Fetch-Site over redirects', () => {
  it('stays none for a typed URL', async () => {
    await new TestBrowser().follow(`${local}/to/302?${address}/to/302?${local}/`)
    expect(sites()).toEqual(['none', 'none', 'none'])
  })

  it('is same-origin for a click that stays at home', async () => {
    await new TestBrowser().follow(`${local}/to/302?/end`, { from: `${local}/page` })
    expect(sites()).toEqual(['same-origin', 'same-origin'])
  })

  it('stays cross-site once the chain has left the site', async () => {
    await new TestBrowser().follow(`${local}/to/302?${address}/to/302?${local}/`, { from: local })
    expect(sites()).toEqual(['same-origin', 'cross-site', 'cross-site'])
  })

  const chains: [string, string, string[], string | undefined][] = [
    ['another port is the same site', 'http://localhost:1/', ['http://localhost:2/'], 'same-site'],
    ['a subdomain is the same site', 'https://a.example.com/', ['https://b.example.com/'], 'same-site'],
    ['same-site is not mended at home', 'https://a.test/', ['https://b.a.test/', 'https://a.test/'], 'same-site'],
    ['another scheme is another site', 'http://localhost/', ['https://localhost/'], 'cross-site'],
    ['another address is another site', 'http://127.0.0.1/', ['http://127.0.0.2/'], 'cross-site'],
    ['http beyond loopback gets none of these headers', 'http://a.test/', ['http://a.test/'], undefined],
  ]
  it.each(chains)('%s', (_name, from, chain, expected) => {
    const headers = navigationHeaders({ method: 'GET', from: new URL(from), chain: chain.map((url) => new URL(url)) })
    expect(headers['sec-fetch-site']).toBe(expected)
  })

  it('makes Origin null when another origin passes a POST on across origins', () => {
    const origin = (...chain: string[]): string | undefined =>
      navigationHeaders({
        method: 'POST',
        from: new URL('https://a.test/'),
        chain: chain.map((url) => new URL(url)),
      })['origin']
    expect(origin('https://a.test/', 'https://b.test/')).toBe('https://a.test')
    expect(origin('https://b.test/', 'https://a.test/')).toBe('null')
    expect(origin('https://b.test/', 'https://b.test/x')).toBe('https://a.test')
  })
})
