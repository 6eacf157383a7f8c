// GET /callback: the provider's answer comes in, a signed-in user goes out. form-post.ts reads the answer of a form.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { redirect } from '../http/redirect.ts'
import { requestQuery } from '../http/request-url.ts'
import { parseAuthorizationResponse, requireCode } from '../protocol/authorization-response.ts'
import { identify } from '../protocol/claims.ts'
import { requestTokens } from '../protocol/token-request.ts'
import type { Provider } from '../providers/provider.ts'
import type { Transaction } from '../session/express-session.ts'
import type { Logins } from '../session/logins.ts'
import type { Transactions } from '../session/transactions.ts'

/** Makes the route of one provider: each has a callback of its own, so that answers cannot be mixed up. */
export function createCallback(provider: Provider, transactions: Transactions, logins: Logins) {
  return async function callback(
    request: HttpRequest,
    response: HttpResponse,
    parameters: URLSearchParams = requestQuery(request),
  ): Promise<void> {
    const answer = parseAuthorizationResponse(parameters)
    const transaction = await transactions.take(request, answer.state)
    requireSameProvider(transaction, provider)
    const code = await requireCode(answer, provider)
    const tokens = await requestTokens(provider, code, transaction)
    const claims = await identify(provider, tokens, transaction)
    const { requestedAt: loginAt, ...kept } = tokens
    const { registration, nonce } = transaction
    await logins.establish(request, { ...kept, loginAt, claims, registration, nonce })
    redirect(request, response, transaction.returnTo)
  }
}

/** A login started at one provider is not finished by another (mix-up, RFC 9700 section 4.4). */
function requireSameProvider({ registration }: Transaction, { settings }: Provider): void {
  if (registration === settings.registration) return
  const message = 'This login was started at another provider. Nobody was signed in.'
  throw new RelyingPartyError('ERR_RP_RESPONSE_INVALID', { message })
}
