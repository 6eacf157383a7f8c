// The shapes of request, response and next that Express 5, Express 4 and Connect share: node:http and nothing more.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request as Connect passes it on: `node:http` plus the URL before a mount cut its path off. */
export type HttpRequest = IncomingMessage & { originalUrl?: string | undefined }

/** A response of `node:http`. */
export type HttpResponse = ServerResponse

/** Hands the request, or an error, to the next middleware. */
export type Next = (error?: unknown) => void

/** Middleware that Express 5, Express 4 and Connect accept without a cast. */
export type Middleware = (request: HttpRequest, response: HttpResponse, next: Next) => void

/** Error middleware that Express 5, Express 4 and Connect accept without a cast. */
export type ErrorMiddleware = (error: unknown, request: HttpRequest, response: HttpResponse, next: Next) => void
