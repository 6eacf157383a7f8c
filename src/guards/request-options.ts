// The options of the methods of req.oidc, checked at each call: a misspelt one must not be ignored.
import * as v from 'valibot'
import type { AuthorizationParameters } from '../options-client.ts'
import { accessTokenAdvice, fetchAdvice, loginAdvice, logoutAdvice } from '../options-foreign-names.ts'
import { isPlain, parseStrictly } from '../strict-options.ts'
import type { AccessTokenRequest, LoginOptions, LogoutOptions } from './request-oidc.ts'

const text = v.optional(v.string())
const truth = v.optional(v.boolean())

const login = v.strictObject({
  returnTo: text,
  provider: text,
  // Its members are checked when the authentication request is made, as those of the options are.
  authorizationParameters: v.optional(v.custom<AuthorizationParameters>(isPlain, 'must be an object of strings')),
  resumePost: truth,
})
const logout = v.strictObject({ logoutHint: text })
const accessToken = v.strictObject({ resource: text, scope: text, forceRefresh: truth })

/** The members of a RequestInit (Fetch standard, section 5.4), and those that node adds. */
const fetchNames = [
  ...['method', 'headers', 'body', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache', 'redirect'],
  ...['integrity', 'keepalive', 'signal', 'duplex', 'priority', 'window', 'dispatcher'],
]
const requestInit = v.strictObject(Object.fromEntries(fetchNames.map((name) => [name, v.optional(v.unknown())])))

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
