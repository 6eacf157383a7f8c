// GET /callback: the provider's answer comes in, a signed-in user goes out. form-post.ts reads the answer of a form.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { requestQuery } from '../http/request-url.ts'
import {
  type AuthorizationResponse,
  parseAuthorizationResponse,
  requireCode,
} from '../protocol/authorization-response.ts'
import { identify } from '../protocol/claims.ts'
import { requestTokens } from '../protocol/token-request.ts'
import type { Provider } from '../providers/provider.ts'
import type { Transaction } from '../session/express-session.ts'
import type { LoginHints } from '../session/login-hint.ts'
import type { NewLogin } from '../session/login-records.ts'
import type { Logins } from '../session/logins.ts'
import { warnOfSilentLogin } from '../session/silent-login.ts'
import type { Transactions } from '../session/transactions.ts'
import { arrive } from './arrive.ts'
import type { HealLogin } from './resume-login.ts'

/** What the callback works with. */
export interface CallbackParts {
  readonly transactions: Pick<Transactions, 'take' | 'forgetCode'>
  readonly hints: Pick<LoginHints, 'open'>
  readonly logins: Pick<Logins, 'establish' | 'load'>
  readonly healLogin: HealLogin
}

/** Makes the route of one provider: each has a callback of its own, so that answers cannot be mixed up. */
export function createCallback(provider: Provider, parts: CallbackParts) {
  const { transactions, logins, healLogin } = parts
  return async function callback(
    request: HttpRequest,
    response: HttpResponse,
    parameters: URLSearchParams = requestQuery(request),
  ): Promise<void> {
    const answer = parseAuthorizationResponse(parameters)
    const transaction = await transactions.take(request, answer.state, answer)
    if (transaction === undefined) return await healLogin(request, response, answer)
    requireSameProvider(transaction, provider)
    const login = await redeem(provider, answer, transaction).catch((error: unknown) =>
      throwUnlessNeedless(error, provider, parts, { request, answer, transaction }),
    )
    // The browser has given up: the cookie of a new session would not arrive, and it would lose the one that it has.
    if (response.destroyed) return
    if (login !== undefined) await logins.establish(request, login, transaction.createdAt)
    arrive(request, response, transaction)
  }
}

/** Tokens for the code, and who they say has signed in. */
async function redeem(provider: Provider, answer: AuthorizationResponse, transaction: Transaction): Promise<NewLogin> {
  const { registration, nonce, stepUps } = transaction
  const code = await requireCode(answer, provider, { isStepUp: stepUps !== undefined })
  const tokens = await requestTokens(provider, code, transaction)
  const claims = await identify(provider, tokens, transaction)
  const { requestedAt: loginAt, ...kept } = tokens
  return { ...kept, loginAt, claims, registration, nonce, stepUps }
}

/** A login started at one provider is not finished by another (mix-up, RFC 9700 section 4.4). */
function requireSameProvider({ registration }: Transaction, { settings }: Provider): void {
  if (registration === settings.registration) return
  const message = 'This login was started at another provider. Nobody was signed in.'
  throw new RelyingPartyError('ERR_RP_RESPONSE_INVALID', { message })
}

/** Their answers to `prompt=none` when the person has to do something first (OpenID Connect Core 1.0 section 3.1.2.6). */
const expected = ['login_required', 'interaction_required', 'account_selection_required', 'consent_required']

/** A login that came back, and the request that brought it. */
interface Returned {
  readonly request: HttpRequest
  readonly answer: AuthorizationResponse
  readonly transaction: Transaction
}

/** A login that failed is an error for the user, unless it was silent, or the user has signed in by another tab meanwhile. */
async function throwUnlessNeedless(
  error: unknown,
  { settings: { log, registration, callbackPath } }: Provider,
  parts: CallbackParts,
  returned: Returned,
): Promise<undefined> {
  if (!(error instanceof RelyingPartyError)) throw error
  const { request, answer, transaction } = returned
  if (transaction.isSilent === true) {
    if (answer.code !== undefined) await parts.transactions.forgetCode(request)
    if (!expected.includes(error.error ?? '')) warnOfSilentLogin(log, error)
    return
  }
  const hint = parts.hints.open(answer.state, registration)
  const isForMore = transaction.stepUps !== undefined || hint === undefined || hint.isStrict === true
  if (isForMore || !isRefusal(error) || !(await isSignedInSince(parts, returned))) throw error
  log.report(error, callbackPath || '/')
}

/** A login from before does not count: the app started this one for more than that, and its page would start it again. */
async function isSignedInSince({ logins }: CallbackParts, { request, transaction }: Returned): Promise<boolean> {
  const login = await logins.load(request)
  return login !== undefined && login.facts.loginAt > transaction.createdAt
}

/** The provider said no, and proved by `iss` that it was this one where it announces that. */
function isRefusal({ code }: RelyingPartyError): boolean {
  return code === 'ERR_RP_ACCESS_DENIED' || code === 'ERR_RP_AUTHORIZATION_RESPONSE'
}
