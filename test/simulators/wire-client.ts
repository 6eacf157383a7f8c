// A relying party and a browser in one, for the tests of the simulators: each request can be made wrong in one place.

import { randomBytes } from 'node:crypto'
import type { Simulator } from './simulator.ts'
import { sha256 } from './token-keys.ts'
import { send, type WireAnswer } from './wire-exchange.ts'

/** Parameters by name; `undefined` leaves one out. */
export type WireParameters = Readonly<Record<string, string | undefined>>

/** A verifier of 43 characters and its S256 challenge. */
export const codeVerifier: string = randomBytes(32).toString('base64url')
export const codeChallenge: string = sha256(codeVerifier)

/** One client of one simulator, in one browser. */
export class WireClient {
  readonly #simulator: Simulator
  readonly #index: number
  #cookie = ''

  /** `index` is the place of the client in the simulator's list. */
  constructor(simulator: Simulator, index = 0) {
    this.#simulator = simulator
    this.#index = index
  }

  get clientId(): string {
    return this.#registered.clientId
  }

  get redirectUri(): string {
    return this.#registered.redirectUris[0] ?? ''
  }

  get #registered(): Simulator['clients'][number] {
    const client = this.#simulator.clients[this.#index]
    if (!client) throw new Error('There is no such client.')
    return client
  }

  /** A right Authentication Request, but for the overrides; keeps the cookies. */
  async authorize(overrides: WireParameters = {}): Promise<WireAnswer> {
    const parameters = {
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: this.redirectUri,
      scope: 'openid',
      state: 'state-1',
      code_challenge: codeChallenge,
      code_challenge_method: 'S256',
      ...overrides,
    }
    return this.get(`${pathOf(this.#simulator.urls.authorization)}?${encode(parameters)}`)
  }

  /** A right token request for the code, but for the overrides. */
  async redeem(code: string, overrides: WireParameters = {}, headers?: Record<string, string>): Promise<WireAnswer> {
    const parameters = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.redirectUri,
      code_verifier: codeVerifier,
    }
    return this.call('token', { ...parameters, ...overrides }, headers)
  }

  /** A refresh request. */
  async refresh(refreshToken: unknown, overrides: WireParameters = {}): Promise<WireAnswer> {
    return this.call('token', { grant_type: 'refresh_token', refresh_token: String(refreshToken), ...overrides })
  }

  /** A code, by a login that must succeed. */
  async code(overrides: WireParameters = {}): Promise<string> {
    const { callback, text, status } = await this.authorize(overrides)
    const code = callback.get('code')
    if (code === null) throw new Error(`No code: ${status} ${callback.toString()} ${text}`)
    return code
  }

  /** The members of a token response, by a login that must succeed. */
  async logIn(overrides: WireParameters = {}): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.redeem(await this.code(overrides))
    if (answer.status !== 200) throw new Error(`No tokens: ${answer.status} ${answer.text}`)
    return answer.json
  }

  /** A POST of a form with this client's own authentication; with `headers` only with what the test gives. */
  async call(
    endpoint: 'token' | 'introspection' | 'revocation' | 'par',
    parameters: WireParameters,
    headers?: Record<string, string>,
  ): Promise<WireAnswer> {
    const { method, clientId, clientSecret = '' } = this.#registered
    const basic = method === 'client_secret_basic' ? basicHeader(clientId, clientSecret) : {}
    const own = headers ? {} : formCredentials(method, clientId, clientSecret)
    return send(this.#simulator, {
      method: 'POST',
      target: pathOf(this.#simulator.urls[endpoint]),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...(headers ?? basic) },
      body: encode({ ...own, ...parameters }),
    })
  }

  /** A page of the provider in this browser. */
  async get(target: string, headers: Record<string, string> = {}): Promise<WireAnswer> {
    return this.#navigate({ method: 'GET', target, headers })
  }

  /** A form of a page of the provider in this browser. */
  async post(target: string, fields: WireParameters): Promise<WireAnswer> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    return this.#navigate({ method: 'POST', target, headers, body: encode(fields) })
  }

  /** A logout in this browser. */
  async logOut(parameters: WireParameters): Promise<WireAnswer> {
    return this.get(`${pathOf(this.#simulator.urls.logout)}?${encode(parameters)}`)
  }

  /** As if the browser had lost its cookies. */
  forgetCookies(): void {
    this.#cookie = ''
  }

  async #navigate(wire: {
    method: 'GET' | 'POST'
    target: string
    headers: Record<string, string>
    body?: string
  }): Promise<WireAnswer> {
    const cookie = this.#cookie === '' ? {} : { Cookie: this.#cookie }
    const answer = await send(this.#simulator, { ...wire, headers: { ...wire.headers, ...cookie } })
    const [set] = answer.headers['set-cookie'] ?? []
    if (set !== undefined) this.#cookie = set.includes('Max-Age=0') ? '' : (set.split(';')[0] ?? '')
    return answer
  }
}

/** The header of HTTP Basic with these bytes. */
export function basicHeader(clientId: string, secret: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` }
}

/** The claims of a JWT, not verified. */
export function claimsOf(jwt: unknown): Record<string, unknown> {
  const payload = String(jwt).split('.')[1] ?? ''
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

/** The header of a JWT. */
export function headerOf(jwt: unknown): Record<string, unknown> {
  const header = String(jwt).split('.')[0] ?? ''
  return JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>
}

/** Path and query of an absolute URL. */
export function pathOf(url: string): string {
  return url.slice(new URL(url).origin.length)
}

function formCredentials(method: string, clientId: string, clientSecret: string): WireParameters {
  if (method === 'none') return { client_id: clientId }
  return method === 'client_secret_post' ? { client_id: clientId, client_secret: clientSecret } : {}
}

function encode(parameters: WireParameters): string {
  const entries = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new URLSearchParams(entries).toString()
}
