// The app's own routes beside a middleware, as far as Express shows them.
import type { HttpRequest } from './messages.ts'
import { mountPath } from './request-url.ts'

/** One route of the app, whose path is a string and not a pattern. */
export interface AppRoute {
  readonly path: string
  /** Whether it takes requests of the method, such as `GET`. */
  readonly takes: (method: string) => boolean
  /** It is registered before the middleware, so it gets their requests first. */
  readonly isFirst: boolean
  /** Its last handler takes no `next`, so it passes no request on. */
  readonly isFinal: boolean
}

interface Layer {
  readonly handle?: unknown
  readonly slash?: unknown
  readonly regexp?: unknown
  readonly route?: unknown
}

/**
 * Returns the routes in the router that holds the middleware, and in routers that are mounted at its root. Their paths are
 * relative to the mount of the middleware. On Connect there are none. The router's stack is not a documented API, so
 * anything that is not as expected is skipped.
 */
export function routesBeside(request: HttpRequest, middleware: unknown): AppRoute[] {
  const { _router, router } = appOf(request)
  const ofApp = stackOf(_router ?? router)
  const stack = stackWith(middleware, ofApp, new Set())
  const position = stack.findIndex(({ handle }) => handle === middleware)
  const mount = isAtRoot(stack[position]) ? '' : mountPath(request, request.url ?? '/')
  if (mount !== '' && stack !== ofApp) return [] // the path of the router itself is not known
  const routes = stack.flatMap((layer, index) => routesOf(layer, index < position, new Set()))
  return routes
    .filter(({ path }) => path.startsWith(mount))
    .map((route) => ({ ...route, path: route.path.slice(mount.length) }))
}

/** Express 4 has `_router`, and a `router` that throws; Express 5 has `router`. */
function appOf(request: HttpRequest): { readonly _router?: unknown; readonly router?: unknown } {
  const { app } = request as { app?: { readonly _router?: unknown; readonly router?: unknown } | undefined }
  const { _router } = Object(app)
  return _router === undefined ? { router: Object(app).router } : { _router }
}

/** Returns the stack that holds the middleware: the app's, or that of a router in it. */
function stackWith(middleware: unknown, stack: readonly Layer[], seen: Set<unknown>): readonly Layer[] {
  if (stack.some(({ handle }) => handle === middleware)) return stack
  for (const { handle } of stack) {
    if (seen.has(handle)) continue
    seen.add(handle)
    const found = stackWith(middleware, stackOf(handle), seen)
    if (found.length > 0) return found
  }
  return []
}

function routesOf(layer: Layer, isFirst: boolean, seen: Set<unknown>): AppRoute[] {
  if (layer.route !== undefined) return ownRoute(layer.route, isFirst)
  if (!isAtRoot(layer) || seen.has(layer.handle)) return []
  seen.add(layer.handle)
  return stackOf(layer.handle).flatMap((inner) => routesOf(inner, isFirst, seen))
}

function isAtRoot(layer: Layer | undefined): boolean {
  return layer?.slash === true || Object(layer?.regexp).fast_slash === true // Express 5, Express 4
}

function ownRoute(route: unknown, isFirst: boolean): AppRoute[] {
  const { path, methods } = Object(route) as { path?: unknown; methods?: unknown }
  if (typeof path !== 'string') return []
  const last = stackOf(route).at(-1)?.handle
  const isFinal = typeof last === 'function' && last.length < 3
  const takes = (method: string) => [method.toLowerCase(), '_all'].some((name) => Object(methods)[name] === true)
  return [{ path, takes, isFirst, isFinal }]
}

function stackOf(router: unknown): readonly Layer[] {
  const { stack } = Object(router)
  return Array.isArray(stack) ? stack.map(Object) : []
}
