// The options of guards, documented once, and checked when the guard is made: a mistake in them must not let anyone pass.
import * as v from 'valibot'
import type { Middleware } from '../http/messages.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import { demanded, optionsError, parseStrictly, type SchemasOf } from '../strict-options.ts'

/** What a guard does with a request that nobody is signed in for. */
export type OnUnauthenticated = 'redirect' | 'unauthorized' | Middleware

/** Options of `requireAuth()` and of the guards that ask for more. */
export interface RequireAuthOptions {
  /**
   * `'redirect'` sends every request to login, `'unauthorized'` answers every one with 401; or middleware of your own,
   * which may be async. When that calls `next()`, the request goes on to the handler signed out.
   *
   * @defaultValue a page navigation is redirected, anything else gets 401
   */
  readonly onUnauthenticated?: OnUnauthenticated | undefined
  /**
   * How the person must have been authenticated: the login's `acr` must be one of these. The preferred one first. Must not
   * be `undefined`: leave it out when any way is enough.
   *
   * @defaultValue any way is enough
   */
  readonly acrValues?: readonly string[]
  /**
   * Seconds that may have passed since the provider authenticated the person (`auth_time`), `clockToleranceSeconds` aside
   * and never less than 10. `0` asks for it anew. Of a login without `auth_time` nobody knows: it is too old. Must not be
   * `undefined`: leave it out when any time is enough.
   *
   * @defaultValue any time is enough
   */
  readonly maxAgeSeconds?: number
  /**
   * Asks for the `acr` as an essential claim in the place of `acr_values`, for providers that otherwise answer with less.
   *
   * @defaultValue `false`
   * @see OpenID Connect Core 1.0, {@link https://openid.net/specs/openid-connect-core-1_0.html#acrSemantics | section 5.5.1.1}
   */
  readonly essential?: boolean | undefined
  /**
   * Keeps the form (`application/x-www-form-urlencoded`, 100 kB at most) that a page of this origin posts when nobody is signed
   * in any more. After the login the person is asked, on a page at `routes.resumePost`, whether to send it again. Not
   * together with `acrValues` or `maxAgeSeconds`.
   *
   * @defaultValue `false`: such a post gets 401
   */
  readonly resumePost?: boolean | undefined
}

/** What a guard reads of its options: complete. */
export interface GuardOptions {
  /** Undefined: a page navigation is redirected, anything else gets 401. */
  readonly onUnauthenticated: OnUnauthenticated | undefined
  /** How the user must have been authenticated; undefined when any authentication is enough. */
  readonly demand: RequestedDemand | undefined
  readonly resumePost: boolean
}

/** `acr` values are separated by spaces on the wire, and go into a header. */
const acrValue = v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without white space'))

/** `max_age` is a whole number on the wire (OpenID Connect Core 1.0 section 3.1.2.1). */
const wholeSeconds = v.pipe(
  v.number(),
  v.integer('must be a whole number'),
  v.minValue(0, 'must not be negative'),
  v.maxValue(9_999_999_999, 'must have at most 10 digits'),
)

const schema = v.strictObject({
  onUnauthenticated: v.optional(
    v.union(
      [v.picklist(['redirect', 'unauthorized']), v.custom<Middleware>((value) => typeof value === 'function')],
      "must be 'redirect', 'unauthorized' or a function",
    ),
  ),
  acrValues: demanded(v.pipe(v.array(acrValue), v.minLength(1, 'must not be empty'))),
  maxAgeSeconds: demanded(wholeSeconds),
  essential: v.optional(v.boolean(), false),
  resumePost: v.optional(v.boolean(), false),
} satisfies SchemasOf<RequireAuthOptions>)

/** Throws `ERR_RP_OPTIONS`; `guard` is the guard's name. */
export function parseGuardOptions(guard: string, options: unknown): GuardOptions {
  const parsed = parseStrictly(`${guard}()`, schema, options)
  const { onUnauthenticated, acrValues, maxAgeSeconds, essential, resumePost } = parsed
  const demand =
    acrValues === undefined && maxAgeSeconds === undefined ? undefined : { acrValues, maxAgeSeconds, essential }
  const isRedirect = onUnauthenticated === undefined || onUnauthenticated === 'redirect'
  const rules: (readonly [broken: boolean, text: string])[] = [
    [essential && acrValues === undefined, 'essential needs acrValues'],
    [
      // The form would be taken for sending, and then refused for good.
      resumePost && demand !== undefined,
      'resumePost does not go with acrValues or maxAgeSeconds: guard the page of the form by those',
    ],
    [
      resumePost && !isRedirect,
      "resumePost needs the redirect to login: leave onUnauthenticated out, or make it 'redirect'",
    ],
  ]
  const broken = rules.filter(([isBroken]) => isBroken).map(([, text]) => ({ text }))
  if (broken.length > 0) throw optionsError(`${guard}()`, broken)
  return { onUnauthenticated, demand, resumePost }
}
