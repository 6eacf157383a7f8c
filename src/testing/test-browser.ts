// A browser for tests: keeps cookies, follows redirects and forms that post themselves, and sends the headers of a page navigation.
// On node:http and not on fetch, which overwrites Sec-Fetch-Mode; without a connection pool, so that an outage is seen at once.

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'

import { CookieJar, type CookieRecord } from './cookie-jar.ts'
import { isSameSite, navigationHeaders } from './fetch-metadata.ts'
import { type NamesOf, requireNames } from './option-names.ts'
import { findSelfPostingForm, type TestPageForm } from './self-posting-form.ts'

const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308]

/** The fields of a form. */
export type TestForm = Record<string, string> | URLSearchParams

/** Options of one navigation. */
export interface TestBrowserRequestOptions {
  /** Headers over those of a page navigation; the value `undefined` removes one. */
  headers?: Record<string, string | undefined>
  /** The page whose link was clicked or whose form was sent. By default a GET is a typed URL, and a POST comes from a page of the same origin. */
  from?: string | URL
}

/** Options of {@link TestBrowser.follow}. */
export interface TestBrowserFollowOptions extends TestBrowserRequestOptions {
  /** Begin with a POST of this form. */
  form?: TestForm
  /**
   * Whether scripts run, and so forms post themselves.
   *
   * @defaultValue `true`
   */
  scripts?: boolean
  /** Stop before a redirect, or a form, to a URL for which this is true: it is not requested. The redirect is the last of `redirects`. */
  until?: (url: URL) => boolean
  /**
   * The greatest number of redirects and forms.
   *
   * @defaultValue 20
   */
  max?: number
}

/** The answer to a navigation. */
export interface TestPage {
  /** The HTTP status. */
  readonly status: number
  /** The URL that gave this answer. */
  readonly url: string
  /** The headers; all cookies by `headers.getSetCookie()`. */
  readonly headers: Headers
  /** The body. */
  readonly text: string
  /** The URLs to which the answers redirected, absolute and in order. After `get` and `post`: the one that was not followed. */
  readonly redirects: string[]
  /** The form that the page posts by itself; `follow` posts it. */
  readonly form: TestPageForm | undefined
  /** The body, parsed. */
  json(): unknown
}

interface Step {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly body: string | undefined
  /** The page that it comes from; `undefined` for a typed URL. */
  readonly from: URL | undefined
  /** All URLs from that page on, the one of this step included. */
  readonly chain: readonly URL[]
}

/**
 * A browser for tests, with cookies of its own.
 *
 * @example
 * ```ts
 * const browser = new TestBrowser()
 * const page = await browser.follow('http://localhost:3000/profile') // over the provider and back
 * await browser.post('http://localhost:3000/logout', {}, { from: page.url })
 * ```
 */
export class TestBrowser {
  readonly #jar: CookieJar = new CookieJar()

  constructor()
  constructor(...given: readonly unknown[]) {
    if (given.length > 0)
      throw new TypeError('new TestBrowser() takes no arguments: each navigation has its own options.')
  }

  /** The cookies that have not expired. */
  get cookies(): CookieRecord[] {
    return this.#jar.list()
  }

  /** Forgets all cookies. */
  clearCookies(): void {
    this.#jar.clear()
  }

  /** Requests one page; neither a redirect nor a form is followed. */
  async get(url: string | URL, options: TestBrowserRequestOptions = {}): Promise<TestPage> {
    requireNames('TestBrowser.get()', options, requestOptions)
    return this.follow(url, { ...options, until: () => true })
  }

  /** Sends a form; neither a redirect nor another form is followed. */
  async post(url: string | URL, form: TestForm = {}, options: TestBrowserRequestOptions = {}): Promise<TestPage> {
    requireNames('TestBrowser.post()', options, requestOptions)
    return this.follow(url, { ...options, form, until: () => true })
  }

  /**
   * Navigates as a browser does: over all redirects, and forms that post themselves, to a page.
   *
   * @throws A `TypeError` for an option that is not known. An `Error` when there are more of them than `max`, or when a `Location` is no http(s) URL.
   */
  async follow(url: string | URL, options: TestBrowserFollowOptions = {}): Promise<TestPage> {
    requireNames('TestBrowser.follow()', options, followOptions)
    const { until = () => false, max = 20, scripts = true } = options
    const redirects: string[] = []
    let step = firstStep(url, options)
    for (let steps = 1; ; steps++) {
      const page = await this.#send(step, { ...navigationHeaders(step), ...options.headers })
      const target = redirectTarget(page)
      if (target) redirects.push(target.href)
      const next = target ? redirectedStep(step, page.status, target) : formStep(page, scripts)
      if (!next || until(next.url)) return { ...page, redirects }
      if (steps > max) throw new Error(`More than ${max} redirects, the last one from ${withoutQuery(step.url)}.`)
      step = next
    }
  }

  async #send(step: Step, headers: Record<string, string | undefined>): Promise<TestPage> {
    const isCrossSite = step.from !== undefined && !isSameSite(step.from, step.url)
    const cookie = this.#jar.header(step.url, { isCrossSite, method: step.method })
    const response = await exchange(step, { ...(cookie === undefined ? {} : { cookie }), ...headers })
    for (const header of response.headers['set-cookie'] ?? []) this.#jar.store(header, step.url)
    const body = await text(response)
    return {
      status: response.statusCode ?? 0,
      url: step.url.href,
      headers: copyHeaders(response),
      text: body,
      redirects: [],
      form: findSelfPostingForm(body, step.url),
      json: () => JSON.parse(body),
    }
  }
}

const requestOptions: NamesOf<TestBrowserRequestOptions> = { headers: true, from: true }
const followOptions: NamesOf<TestBrowserFollowOptions> = {
  ...requestOptions,
  form: true,
  scripts: true,
  until: true,
  max: true,
}

function firstStep(url: string | URL, { form, from }: TestBrowserFollowOptions): Step {
  const target = new URL(url)
  if (form !== undefined) return postStep(target, form, new URL(from ?? target))
  return {
    url: target,
    method: 'GET',
    body: undefined,
    from: from === undefined ? undefined : new URL(from),
    chain: [target],
  }
}

/** Nobody can type a POST: it always comes from a page. */
function postStep(url: URL, form: TestForm, from: URL): Step {
  return { url, method: 'POST', body: new URLSearchParams(form).toString(), from, chain: [url] }
}

/** A navigation of its own, begun by the page's script. */
function formStep({ form, url }: TestPage, scripts: boolean): Step | undefined {
  return scripts && form ? postStep(new URL(form.url), form.fields, new URL(url)) : undefined
}

/** Fetch standard, HTTP-redirect fetch: 301, 302 and 303 turn a POST into a GET; 307 and 308 repeat it. */
function redirectedStep(step: Step, status: number, url: URL): Step {
  const next = { ...step, url, chain: [...step.chain, url] }
  return status === 307 || status === 308 ? next : { ...next, method: 'GET', body: undefined }
}

function redirectTarget(page: TestPage): URL | undefined {
  const location = page.headers.get('location')
  if (location === null || !REDIRECT_STATUSES.includes(page.status)) return undefined
  if (!URL.canParse(location, page.url))
    throw new Error(`The Location from ${withoutQuery(new URL(page.url))} is no URL.`)
  return new URL(location, page.url)
}

/** Queries carry codes and states, which have no place in the output of a test run. */
function withoutQuery(url: URL): string {
  return url.origin + url.pathname
}

function exchange(step: Step, headers: Record<string, string | undefined>): Promise<IncomingMessage> {
  const request = requestOf(step.url)
  return new Promise((resolve, reject) => {
    const outgoing = request(step.url, { method: step.method, headers: outgoingHeaders(step, headers), agent: false })
    outgoing.once('error', reject)
    outgoing.once('response', resolve)
    outgoing.end(step.body)
  })
}

function requestOf(url: URL): typeof httpRequest {
  if (url.protocol === 'http:') return httpRequest
  if (url.protocol === 'https:') return httpsRequest
  throw new Error(`The URL ${withoutQuery(url)} is not an http or https URL.`)
}

function outgoingHeaders(step: Step, headers: Record<string, string | undefined>): Record<string, string> {
  const form = step.body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  const all: Record<string, string | undefined> = { ...form, ...lowerCaseNames(headers) }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** So that `Accept` of a test takes the place of our `accept`. */
function lowerCaseNames(headers: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function copyHeaders(response: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    headers.append(response.rawHeaders[index] ?? '', response.rawHeaders[index + 1] ?? '')
  }
  return headers
}
