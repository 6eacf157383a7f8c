// The options of the methods of req.oidc, checked at each call: a misspelt one must not be ignored.
import * as v from 'valibot'
import type { AuthorizationParameters } from '../options-client.ts'
import { accessTokenAdvice, fetchAdvice, loginAdvice, logoutAdvice } from '../options-foreign-names.ts'
import { isPlain, parseStrictly, type SchemasOf } from '../strict-options.ts'
import type { AccessTokenRequest, LoginOptions, LogoutOptions } from './request-oidc.ts'

const text = v.optional(v.string())
const truth = v.optional(v.boolean())

const login = v.strictObject({
  returnTo: text,
  provider: text,
  // Its members are checked when the authentication request is made, as those of the options are.
  authorizationParameters: v.optional(v.custom<AuthorizationParameters>(isPlain, 'must be an object of strings')),
  resumePost: truth,
} satisfies SchemasOf<LoginOptions>)
const logout = v.strictObject({ logoutHint: text } satisfies SchemasOf<LogoutOptions>)
const accessToken = v.strictObject({
  resource: text,
  scope: text,
  forceRefresh: truth,
} satisfies SchemasOf<AccessTokenRequest>)

const anything = v.optional(v.unknown())

/** The members of a RequestInit (Fetch, section 5.4), with those of Node: declarations of the type differ in which they have. */
const requestInitMembers: Readonly<Record<string, typeof anything>> = {
  method: anything,
  headers: anything,
  body: anything,
  referrer: anything,
  referrerPolicy: anything,
  mode: anything,
  credentials: anything,
  cache: anything,
  redirect: anything,
  integrity: anything,
  keepalive: anything,
  signal: anything,
  duplex: anything,
  priority: anything,
  window: anything,
  dispatcher: anything,
}
const requestInit = v.strictObject(requestInitMembers)

/** Throws `ERR_RP_OPTIONS`, as the others do. */
export function parseLoginOptions(options: unknown): LoginOptions {
  return options === undefined ? {} : parseStrictly('req.oidc.login()', login, options, loginAdvice)
}

export function parseLogoutOptions(options: unknown): LogoutOptions {
  return options === undefined ? {} : parseStrictly('req.oidc.logout()', logout, options, logoutAdvice)
}

export function parseAccessTokenRequest(options: unknown): AccessTokenRequest {
  return options === undefined
    ? {}
    : parseStrictly('req.oidc.getAccessToken()', accessToken, options, accessTokenAdvice)
}

/** fetch() itself ignores what it does not know, such as `json` or `timeout` of other clients. */
export function requireRequestInit(init: unknown): asserts init is RequestInit | undefined {
  if (init === undefined || init instanceof Request) return
  parseStrictly('req.oidc.fetch()', requestInit, init, fetchAdvice)
}
