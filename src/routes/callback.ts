// GET /callback: the provider's answer comes in, a signed-in user goes out.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { redirect } from '../http/redirect.ts'
import { requestQuery } from '../http/request-url.ts'
import type { Settings } from '../options.ts'
import { parseAuthorizationResponse, requireCode } from '../protocol/authorization-response.ts'
import { type IdTokenClaims, validateIdToken } from '../protocol/id-token.ts'
import { requestTokens, type Tokens } from '../protocol/token-request.ts'
import { hasUserinfoEndpoint, requestUserinfo } from '../protocol/userinfo.ts'
import type { Provider } from '../providers/provider.ts'
import type { Transaction } from '../session/express-session.ts'
import type { LoginRecords } from '../session/login-record.ts'
import type { Transactions } from '../session/transactions.ts'

/** Makes the route. */
export function createCallback(
  settings: Settings,
  provider: Provider,
  transactions: Transactions,
  logins: LoginRecords,
) {
  return async function callback(request: HttpRequest, response: HttpResponse): Promise<void> {
    const answer = parseAuthorizationResponse(requestQuery(request))
    const transaction = await transactions.take(request, answer.state)
    requireSameProvider(transaction, provider)
    const code = await requireCode(answer, provider)
    const tokens = await requestTokens(provider, settings, code, transaction)
    const idTokenClaims = await validateIdToken(provider, settings, tokens, transaction)
    const claims = await completeClaims(settings, provider, tokens, idTokenClaims)
    await logins.establish(request, { ...tokens, claims, providerId: provider.id })
    redirect(request, response, transaction.returnTo)
  }
}

/** A login started at one provider is not finished by another (mix-up, RFC 9700 section 4.4). */
function requireSameProvider({ providerId }: Transaction, provider: Provider): void {
  if (providerId === provider.id) return
  const message = 'This login was started at another provider. Nobody was signed in.'
  throw new RelyingPartyError('ERR_RP_RESPONSE_INVALID', { message })
}

/** The ID token's own claims win: they are signed, the UserInfo is not. The nonce has done its work and shows nowhere. */
async function completeClaims(
  settings: Settings,
  provider: Provider,
  { accessToken }: Tokens,
  { nonce: _nonce, ...claims }: IdTokenClaims,
): Promise<IdTokenClaims> {
  if (!settings.userinfo || !(await hasUserinfoEndpoint(provider))) return claims
  return { ...(await requestUserinfo(provider, settings, accessToken, claims.sub)), ...claims }
}
