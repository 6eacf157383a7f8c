// GET or POST /initiate-login: a page that is not ours has a login started here (OpenID Connect Core 1.0 section 4).
import { RelyingPartyError, type RelyingPartyErrorCode } from '../errors.ts'
import { addressOf } from '../http/address.ts'
import { readFormBody } from '../http/form-body.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isTooLong, linkTo } from '../http/own-link.ts'
import { redirect } from '../http/redirect.ts'
import { mountPath, requestQuery } from '../http/request-url.ts'
import { excessOctetsOfTarget, type Place, parseTargetLinkUri } from '../http/target-link-uri.ts'
import { type Settings, withoutSlash } from '../options-settings.ts'
import type { Registry } from '../providers/registry.ts'
import { warnOfCutPath } from './arrive.ts'
import { requireNavigation } from './login.ts'
import type { StartLogin } from './start-login.ts'

/** Longer than any address or account id; whatever it is, it ends up in the URL of the authentication request. */
const longestHint = 1024

/** What a stranger may say about a login. Everything else that comes along is not looked at. */
interface Initiation {
  readonly iss: string
  readonly loginHint: string | undefined
  /** Local path, or undefined for the start page. */
  readonly returnTo: string | undefined
  /** The path of `target_link_uri` was too long to keep. */
  readonly isPathCut: boolean
}

/**
 * Makes the route. It starts a login also for who is signed in: only the provider knows who uses the browser by now.
 *
 * A POST from another site comes without a `SameSite=Lax` cookie. A login started by it would be kept in a session of its
 * own, whose cookie takes the place of the live one; so it is sent on to the GET, which has the cookie.
 */
export function createInitiateLogin(settings: Settings, registry: Registry, startLogin: StartLogin) {
  return async function initiateLogin(request: HttpRequest, response: HttpResponse): Promise<void> {
    const parse = (parameters: URLSearchParams) =>
      parseInitiation(settings, registry, {
        parameters,
        origin: addressOf(request, settings).origin,
        basePath: settings.basePath,
      })
    if (request.method === 'POST') {
      const initiation = parse(await readPosted(request, response))
      redirect(request, response, urlOf(settings, initiation))
    } else {
      // A frame would sign the person in behind their back (section 4; RFC 6819 section 4.4.1.9).
      requireNavigation(request)
      const { iss, loginHint, ...destination } = parse(requestQuery(request))
      const provider = onlyIdAt(registry, iss)
      // The page to choose on leads to the login route, where the hint of a stranger is not taken.
      const isKnown = provider !== undefined && loginHint !== undefined
      const authorizationParameters = isKnown ? { login_hint: loginHint } : {}
      const mount = mountPath(request, request.url ?? '/')
      await startLogin(request, response, { ...destination, provider, mount, authorizationParameters })
    }
  }
}

function parseInitiation(
  { log }: Settings,
  registry: Registry,
  { parameters, ...place }: Place & { readonly parameters: URLSearchParams },
): Initiation {
  const iss = once(parameters, 'iss')
  // An issuer that is not configured is never asked for anything, whatever it is (SSRF, threat V40).
  if (iss === undefined || providersAt(registry, iss).length === 0) {
    const message =
      'A third party wanted to start a login without iss, or with one that is the issuer of no provider here.'
    throw refusal('ERR_RP_PROVIDER_UNKNOWN', message)
  }
  const loginHint = once(parameters, 'login_hint')
  if (loginHint !== undefined && loginHint.length > longestHint) {
    throw refusal('ERR_RP_RESPONSE_INVALID', `The login_hint is longer than ${longestHint} characters.`)
  }
  const target = once(parameters, 'target_link_uri')
  const octets = excessOctetsOfTarget(target, place)
  if (octets !== undefined) warnOfCutPath(log, `A target_link_uri whose path has ${octets} octets was dropped.`)
  return { iss, loginHint, returnTo: parseTargetLinkUri(target, place), isPathCut: octets !== undefined }
}

/** Which of two counts must not depend on who reads (threat V24). An empty one counts as absent. */
function once(parameters: URLSearchParams, name: 'iss' | 'login_hint' | 'target_link_uri'): string | undefined {
  const [value, ...more] = parameters.getAll(name)
  if (more.length > 0) throw refusal('ERR_RP_RESPONSE_INVALID', `There is more than one ${name}.`)
  return value || undefined
}

async function readPosted(request: HttpRequest, response: HttpResponse): Promise<URLSearchParams> {
  const body = await readFormBody(request)
  // What is left of a body that was refused before its end is not waited for (threat V30).
  if (!request.complete) response.setHeader('Connection', 'close')
  if ('form' in body) return body.form
  throw refusal(
    'ERR_RP_RESPONSE_INVALID',
    `The request is not the form of OpenID Connect Core 1.0 section 4: ${body.fault}.`,
  )
}

/** The same request by GET, with what was understood of it and nothing more. */
function urlOf({ basePath, routes, log }: Settings, { iss, loginHint, returnTo }: Initiation): string {
  const path = `${basePath}${routes.initiateLogin}`
  const parameters = { iss, login_hint: loginHint }
  const url = linkTo(path, { ...parameters, target_link_uri: returnTo })
  if (!isTooLong(url)) return url
  warnOfCutPath(log, 'A target_link_uri was dropped, because a URL that carries it exceeds 8,000 octets.')
  return linkTo(path, parameters)
}

/** Where two are registered at one issuer, nobody can tell which one is meant: the person chooses. */
function onlyIdAt(registry: Registry, iss: string): string | undefined {
  const [provider, ...more] = providersAt(registry, iss)
  return more.length === 0 ? provider?.settings.id : undefined
}

function providersAt({ all }: Registry, iss: string): Registry['all'] {
  return all.filter(({ settings }) => withoutSlash(settings.issuer) === withoutSlash(iss))
}

function refusal(code: RelyingPartyErrorCode, reason: string): RelyingPartyError {
  return new RelyingPartyError(code, { message: `${reason} No login was started, and nobody was asked.` })
}
