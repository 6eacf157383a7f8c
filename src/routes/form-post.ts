// The callback of a provider that answers by a form (OAuth 2.0 Form Post Response Mode section 2), in two posts.
import { RelyingPartyError } from '../errors.ts'
import { type Addresses, addressOf } from '../http/address.ts'
import { readFormBody } from '../http/form-body.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { type Page, sendPage } from '../http/page.ts'
import { requestQuery } from '../http/request-url.ts'
import { isOwnSiteRequest } from '../http/same-site.ts'
import { parseAuthorizationResponse } from '../protocol/authorization-response.ts'
import type { Provider } from '../providers/provider.ts'
import { leaveSession } from '../session/express-session.ts'

/** What becomes of the response, wherever it was read from. */
type Callback = (request: HttpRequest, response: HttpResponse, parameters: URLSearchParams) => Promise<void>

/** The parameters that the callback reads; nothing else of what was posted is put on a page. */
const carried = ['state', 'code', 'iss', 'error', 'error_description'] as const
/** Marks the second post, so that a browser without cookies does not go round for ever. */
const mark = 'continued'

/**
 * Makes the route in the place of a plain callback.
 *
 * The provider's site makes the browser post here, so the browser leaves `SameSite` cookies out, and nobody is known. The
 * answer is a page of our own that posts the same once more: that post comes from our site, with the session cookie.
 * See docs/decisions/0017.
 */
export function createFormPost(provider: Pick<Provider, 'settings'>, addresses: Addresses, callback: Callback) {
  return async function formPost(request: HttpRequest, response: HttpResponse): Promise<void> {
    if (request.method !== 'POST') return await callback(request, response, requireNoCode(requestQuery(request)))
    const { origin, baseUrl } = addressOf(request, addresses)
    const isFromHere = isOwnSiteRequest(request, origin)
    if (!isFromHere) leaveSession(request)
    const form = await readForm(request, response)
    if (!form.has(mark)) return sendContinuation(request, response, baseUrl + provider.settings.callbackPath, form)
    // No provider sends the mark. Without the cookie that a foreign post lacks, the callback could only do damage.
    if (!isFromHere) throw invalid('it is marked as coming from this site, and does not')
    await callback(request, response, form)
  }
}

/**
 * An error may come by GET: a provider that does not know form_post has no other way to say so. A code may not: who asked
 * for form_post wants none in URLs, and an answer in another mode than the one asked for is how codes are stolen.
 */
function requireNoCode(query: URLSearchParams): URLSearchParams {
  if (!query.has('code')) return query
  throw invalid('it came by the URL, and the option responseMode asks for form_post')
}

async function readForm(request: HttpRequest, response: HttpResponse): Promise<URLSearchParams> {
  const body = await readFormBody(request)
  if ('form' in body) return body.form
  // What is left of a body that was refused before its end is not waited for (threat V30).
  if (!request.complete) response.setHeader('Connection', 'close')
  throw invalid(body.fault)
}

/** Refuses what is no response before it is repeated: one doubled parameter would be a single one on the page. */
function sendContinuation(request: HttpRequest, response: HttpResponse, action: string, form: URLSearchParams): void {
  parseAuthorizationResponse(form)
  const fields = carried.map((name) => [name, form.get(name) ?? ''] as const).filter(([, value]) => value !== '')
  sendPage(request, response, continuation(action, { ...Object.fromEntries(fields), [mark]: '1' }))
}

/** The other page of ours with a secret on it: a code that is of no use without the session it was asked for from. */
function continuation(action: string, fields: Readonly<Record<string, string>>): Page {
  return {
    status: 200,
    title: 'Signing in',
    text: 'You are being taken back to where you came from.',
    form: { action, fields, button: 'Continue' },
    isOwnForm: true,
  }
}

function invalid(reason: string): RelyingPartyError {
  const message = `The authorization response was refused: ${reason}. Nobody was signed in.`
  return new RelyingPartyError('ERR_RP_RESPONSE_INVALID', { message })
}
