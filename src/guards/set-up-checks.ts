// Checks the app's set-up by the first requests: mistakes that no option shows and that fail no request are logged once.
import { type AppRoute, routesBeside } from '../http/app-routes.ts'
import { strayPort } from '../http/listening-port.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options-settings.ts'
import { sessionCookieFaults } from '../session/session-cookie.ts'

/** One route of the middleware. */
interface OwnRoute {
  readonly methods: readonly string[]
  readonly path: string | false
}

/** Runs the checks that are still due. */
export type SetUpChecks = (request: HttpRequest, middleware: unknown) => void

/** On a request: the routes that are served by the middlewares that it has passed through. */
const served = Symbol('served')

type PassedRequest = HttpRequest & { [served]?: readonly string[] }

/**
 * Creates the checks of one middleware. They run at the first page that a browser asks for; afterwards only the mark on the
 * request is left, by which a second middleware is noticed.
 */
export function createSetUpChecks(settings: Settings, routes: readonly OwnRoute[]): SetUpChecks {
  const paths = [...new Set(routes.flatMap(({ path }) => (path === false ? [] : [settings.basePath + (path || '/')])))]
  let isFirstPage = true
  let isAlone = true

  return function checkSetUp(request: PassedRequest, middleware) {
    const earlier = request[served]
    request[served] = earlier === undefined ? paths : [...earlier, ...paths]
    if (earlier !== undefined && isAlone) {
      isAlone = false
      warnOfTwin(settings, paths, earlier)
    }
    if (isFirstPage && request.headers.accept?.includes('text/html') === true) {
      isFirstPage = false
      warnOfCookie(request, settings)
      warnOfStrayPort(request, settings)
      warnOfTakenRoutes(settings, routes, routesBeside(request, middleware))
    }
  }
}

/** An app may have two middlewares, with different routes (docs/decisions/0012). */
function warnOfTwin({ log }: Settings, paths: readonly string[], earlier: readonly string[]): void {
  const shared = paths.filter((path) => earlier.includes(path))
  if (shared.length === 0) return
  const message =
    `A request passes through two relyingParty(), or through one twice: the second never gets ${shared.join(', ')}. ` +
    'Remove one, or give one different `routes`. For several providers in one area, use `providers`.'
  log.warnOnce('WARN_RP_MOUNTED_TWICE', message)
}

function warnOfCookie(request: HttpRequest, { addresses, providers, log }: Settings): void {
  const faults = sessionCookieFaults(request, {
    isProduction: isProduction(),
    hasTls: addresses.every(({ origin }) => origin.startsWith('https:')),
    takesForeignPosts: providers.some(({ responseMode }) => responseMode === 'form_post'),
  })
  if (faults.length === 0) return
  const message = `The session cookie is unsafe: ${faults.join('; ')}. Change \`cookie\` in the options of express-session.`
  log.warnOnce('WARN_RP_SESSION_COOKIE', message)
}

function warnOfStrayPort(request: HttpRequest, { addresses, log }: Settings): void {
  const port = isProduction() ? undefined : strayPort(request, addresses)
  if (port === undefined) return
  const given = addresses.map(({ baseUrl }) => baseUrl).join(', ')
  const message =
    `\`baseUrl\` is ${given}, but the app listens on port ${port}: after a login the browser is sent to an address where ` +
    'the app does not answer. Give `baseUrl` the port that the app listens on, and register the redirect URI with it.'
  log.warnOnce('WARN_RP_BASE_URL_PORT', message)
}

/** A route of the app at `/` is not compared: the start page may be the callback as well. */
function warnOfTakenRoutes(settings: Settings, routes: readonly OwnRoute[], ofApp: readonly AppRoute[]): void {
  for (const { methods, path } of routes.filter((own) => own.path !== '' && own.path !== '/')) {
    const taken = ofApp.find((route) => {
      return route.path === path && methods.some(route.takes) && (!route.isFirst || route.isFinal)
    })
    if (taken === undefined) continue
    const [first, second] = taken.isFirst ? ['it', 'relyingParty()'] : ['relyingParty()', 'it']
    const message =
      `The app has a route for ${methods.find(taken.takes)} ${path}, and relyingParty() serves it too: ${first} comes ` +
      `first, so ${second} never gets these requests. Change the app's path, or set \`${optionOf(settings, path)}\`.`
    settings.log.warnOnce('WARN_RP_ROUTE_TAKEN', message)
  }
}

/** Returns the option that sets a path; the callbacks of several providers begin with `routes.callback`. */
function optionOf({ routes: { postLogout: _theApps, ...routes } }: Settings, path: string | false): string {
  const [name = 'callback'] = Object.entries(routes).find(([, own]) => own === path) ?? []
  return `routes.${name}`
}

function isProduction(): boolean {
  return process.env['NODE_ENV'] === 'production'
}
