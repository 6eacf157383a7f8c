// The limit of requests in a window; metadata and keys are never limited (wire 4.4).

import { type Answer, jsonAnswer } from '../../src/testing/answer.ts'
import type { Context } from './context.ts'
import type { EndpointName } from './profile.ts'
import type { SimulatorRequest } from './wire-request.ts'

const LIMITED: readonly (EndpointName | undefined)[] = ['authorization', 'token', 'introspection', 'userinfo', 'par']

/** Counts the requests to each endpoint. */
export class RateLimiter {
  readonly #windows: Map<EndpointName, { endsAt: number; count: number }> = new Map()

  /** The 429 for a request too many. */
  refuse(context: Context, { endpoint }: SimulatorRequest): Answer | undefined {
    const { rateLimit } = context.switches
    if (!rateLimit || endpoint === undefined || !LIMITED.includes(endpoint)) return undefined
    const nowAt = context.clock.nowAt()
    const known = this.#windows.get(endpoint)
    const isOpen = known !== undefined && nowAt < known.endsAt
    const window = isOpen ? known : { endsAt: nowAt + rateLimit.windowSeconds, count: 0 }
    window.count += 1
    this.#windows.set(endpoint, window)
    if (window.count <= rateLimit.limit) return undefined
    return tooManyRequests(context, rateLimit.limit, window.endsAt)
  }
}

function tooManyRequests({ profile, clock }: Context, limit: number, endsAt: number): Answer {
  const { headers, body } = profile.tooManyRequests
  const answer = jsonAnswer(body, 429)
  const limits =
    headers === 'retry-after'
      ? { 'retry-after': String(endsAt - clock.nowAt()) }
      : {
          'x-rate-limit-limit': String(limit),
          'x-rate-limit-remaining': '0',
          'x-rate-limit-reset': String(endsAt),
        }
  return { ...answer, headers: { ...answer.headers, ...limits } }
}
