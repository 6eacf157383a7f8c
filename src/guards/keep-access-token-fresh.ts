// keepAccessTokenFresh(): refreshes before the app's handlers run, so that req.user.accessToken can be used as it is.
import { RelyingPartyError } from '../errors.ts'
import { requireFactoryCall } from '../factory-call.ts'
import type { HttpResponse, Middleware, Next } from '../http/messages.ts'
import type { RelyingPartyRequest } from './load-user.ts'
import { notMounted } from './not-mounted.ts'

/**
 * Makes middleware that keeps `req.user.accessToken` fresh on every request, for apps that hand it on themselves: it
 * calls `req.oidc.getAccessToken()` for whoever is signed in. Put it behind `relyingParty()` and before the guards: when
 * the provider has ended the login, the request goes on signed out, and `requireAuth()` sends the person to login.
 *
 * A provider that is down is no reason to refuse a page: then the request goes on with the token that there is.
 *
 * Gives `ERR_RP_NOT_MOUNTED` to `next` when `relyingParty()` did not run before it, and `ERR_RP_STORE` when the store fails.
 *
 * @throws RelyingPartyError with `ERR_RP_OPTIONS` when it is given an argument
 * @example
 * ```ts
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * app.use(keepAccessTokenFresh())
 * ```
 * @see RFC 6749, {@link https://www.rfc-editor.org/rfc/rfc6749.html#section-6 | section 6}
 */
export function keepAccessTokenFresh(): Middleware
export function keepAccessTokenFresh(...given: readonly unknown[]): Middleware {
  requireFactoryCall({ name: 'keepAccessTokenFresh', example: 'keepAccessTokenFresh()', takes: 0 }, given)
  return function keepFresh({ oidc }: RelyingPartyRequest, _response: HttpResponse, next: Next): void {
    if (oidc === undefined) next(notMounted('keepAccessTokenFresh'))
    else if (!oidc.isAuthenticated) next()
    else
      oidc.getAccessToken().then(
        () => next(),
        (error: unknown) => next(isOfProvider(error) ? undefined : error),
      )
  }
}

function isOfProvider(error: unknown): boolean {
  return error instanceof RelyingPartyError && error.code !== 'ERR_RP_STORE'
}
