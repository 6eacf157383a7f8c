// The one error class of the package, and the table that gives every code its HTTP status and its safe text.

/** What a page may say about a code: nothing in it comes from a request or from a provider. */
export interface ErrorTableEntry {
  /** HTTP status of the response. */
  readonly status: number
  /** What happened, in a few words. */
  readonly title: string
  /** What the person in front of the page can do. */
  readonly advice: string
}

const askTheOperator = 'This has to be mended by whoever runs this site.'
const tryAgainLater = 'Please try again in a moment.'
const startAgain = 'Please sign in again.'

/** The stable names of what can go wrong: test `error.code`, never the message. */
export type RelyingPartyErrorCode =
  | 'ERR_RP_OPTIONS'
  | 'ERR_RP_NO_SESSION'
  | 'ERR_RP_NOT_MOUNTED'
  | 'ERR_RP_STORE'
  | 'ERR_RP_LOGIN_REQUIRED'
  | 'ERR_RP_STEP_UP_REQUIRED'
  | 'ERR_RP_AUTHENTICATION_INSUFFICIENT'
  | 'ERR_RP_CLAIM_REQUIRED'
  | 'ERR_RP_CLAIM_PREDICATE'
  | 'ERR_RP_HOST_UNKNOWN'
  | 'ERR_RP_PROVIDER_UNKNOWN'
  | 'ERR_RP_LOGIN_PARAMETER'
  | 'ERR_RP_LOGIN_LOOP'
  | 'ERR_RP_DISCOVERY'
  | 'ERR_RP_METADATA'
  | 'ERR_RP_RESPONSE_INVALID'
  | 'ERR_RP_TRANSACTION_MISSING'
  | 'ERR_RP_ACCESS_DENIED'
  | 'ERR_RP_AUTHORIZATION_RESPONSE'
  | 'ERR_RP_PROVIDER_UNAVAILABLE'
  | 'ERR_RP_TOKEN_REQUEST'
  | 'ERR_RP_ID_TOKEN'
  | 'ERR_RP_KEYS'
  | 'ERR_RP_USERINFO'
  | 'ERR_RP_INTERRUPTED_POST'
  | 'ERR_RP_REFRESH'
  | 'ERR_RP_NO_REFRESH_TOKEN'
  | 'ERR_RP_API_ORIGIN'
  | 'ERR_RP_LOGOUT_CROSS_SITE'
  | 'ERR_RP_LOGOUT_TOKEN'
  | 'ERR_RP_ACCESS_TOKEN'

/** Codes in the order in which a login meets them. `docs/errors.md` has a heading for each. */
export const errorTable: Readonly<Record<RelyingPartyErrorCode, ErrorTableEntry>> = {
  ERR_RP_OPTIONS: { status: 500, title: 'Sign-in is not set up correctly', advice: askTheOperator },
  ERR_RP_NO_SESSION: { status: 500, title: 'Sign-in is not set up correctly', advice: askTheOperator },
  ERR_RP_NOT_MOUNTED: { status: 500, title: 'Sign-in is not set up correctly', advice: askTheOperator },
  ERR_RP_STORE: { status: 500, title: 'The session store did not answer', advice: tryAgainLater },
  ERR_RP_LOGIN_REQUIRED: { status: 401, title: 'You are not signed in', advice: 'Please sign in.' },
  ERR_RP_STEP_UP_REQUIRED: { status: 401, title: 'This needs a stronger or newer sign-in', advice: startAgain },
  ERR_RP_AUTHENTICATION_INSUFFICIENT: {
    status: 403,
    title: 'This sign-in is not strong or new enough',
    advice: 'Sign in again by a stronger way, or ask whoever runs this site.',
  },
  ERR_RP_CLAIM_REQUIRED: {
    status: 403,
    title: 'You are not allowed to do this',
    advice: 'Ask whoever runs this site for access, or sign in as somebody else.',
  },
  ERR_RP_CLAIM_PREDICATE: { status: 500, title: 'Sign-in is not set up correctly', advice: askTheOperator },
  ERR_RP_HOST_UNKNOWN: {
    status: 400,
    title: 'This address is not known here',
    advice: 'Please use the usual address of this site.',
  },
  ERR_RP_PROVIDER_UNKNOWN: { status: 400, title: 'This way to sign in does not exist', advice: startAgain },
  ERR_RP_LOGIN_PARAMETER: { status: 400, title: 'This link to sign in is not right', advice: startAgain },
  ERR_RP_LOGIN_LOOP: {
    status: 429,
    title: 'Signing in goes round in circles',
    advice: 'Please wait a minute and try again.',
  },
  ERR_RP_DISCOVERY: { status: 503, title: 'The sign-in service cannot be reached', advice: tryAgainLater },
  ERR_RP_METADATA: { status: 500, title: 'Sign-in is not set up correctly', advice: askTheOperator },
  ERR_RP_RESPONSE_INVALID: {
    status: 400,
    title: 'This sign-in could not be finished',
    advice:
      'The link that led here was cut off or changed, or works only at the end of a sign-in. Please sign in again.',
  },
  ERR_RP_TRANSACTION_MISSING: { status: 400, title: 'This sign-in has ended', advice: startAgain },
  ERR_RP_ACCESS_DENIED: { status: 403, title: 'Sign-in was cancelled or refused', advice: 'You can try again.' },
  ERR_RP_AUTHORIZATION_RESPONSE: { status: 401, title: 'The sign-in service refused', advice: startAgain },
  ERR_RP_PROVIDER_UNAVAILABLE: {
    status: 503,
    title: 'The sign-in service cannot be reached',
    advice: tryAgainLater,
  },
  ERR_RP_TOKEN_REQUEST: { status: 502, title: 'The sign-in service gave no usable answer', advice: startAgain },
  ERR_RP_ID_TOKEN: { status: 502, title: 'The sign-in service gave no valid proof', advice: startAgain },
  ERR_RP_KEYS: { status: 503, title: 'The sign-in service cannot be reached', advice: tryAgainLater },
  ERR_RP_USERINFO: { status: 502, title: 'The sign-in service gave no valid profile', advice: startAgain },
  ERR_RP_INTERRUPTED_POST: {
    status: 403,
    title: 'Your form was not sent',
    advice:
      'It was sent or discarded already, is too old, or was not yours. Look at its page before you fill it in again.',
  },
  ERR_RP_REFRESH: { status: 503, title: 'The sign-in service cannot be reached', advice: tryAgainLater },
  ERR_RP_NO_REFRESH_TOKEN: {
    status: 403,
    title: 'This sign-in cannot be renewed',
    advice: 'It goes on until it ends. Then please sign in again.',
  },
  ERR_RP_API_ORIGIN: { status: 500, title: 'Sign-in is not set up correctly', advice: askTheOperator },
  ERR_RP_LOGOUT_CROSS_SITE: {
    status: 403,
    title: 'Sign-out was refused',
    advice: 'The request to sign out did not come from a page of this site. Use its own sign-out button.',
  },
  ERR_RP_LOGOUT_TOKEN: { status: 400, title: 'This logout request does not fit', advice: askTheOperator },
  ERR_RP_ACCESS_TOKEN: { status: 401, title: 'A valid access token is needed', advice: 'Please get a new one.' },
}

/** Why a login got lost between its start and its callback. */
export type LostLoginReason =
  /** No cookie came: it is Secure, and the request counts as plain http. */
  | 'cookie_insecure'
  /** No cookie came: it is SameSite=Strict. */
  | 'cookie_strict'
  /** No cookie came: its path does not cover the callback. */
  | 'cookie_path'
  /** No cookie came, and nothing of ours explains it. */
  | 'cookie_missing'
  /** A cookie came, but the store has no such session. */
  | 'session_missing'
  /** The session came without this login. */
  | 'login_missing'
  /** The login was begun more than an hour ago. */
  | 'expired'
  /** The login was finished before. */
  | 'used'
  /** The login was begun in the future, by this clock. */
  | 'clock'
  /** The `state` is not one of ours. */
  | 'state_unknown'
  /** The same page began one login after the other, and none was finished. */
  | 'login_loop'

/** What was measured of a lost login: in static text, but for a number of seconds. */
export interface LostLogin {
  /** The cause, as a stable word. */
  readonly reason: LostLoginReason
  /** What happened, for the person. */
  readonly text: string
  /** Why and what to do, for whoever runs the site. */
  readonly fix: string
  /** The local path that the login was to lead to, where it is known. */
  readonly returnTo: string | undefined
}

/** What an authentication has to be, beside one of the right person (RFC 9470 section 3). */
export interface AuthenticationDemand {
  /** Authentication context classes of which one is enough, the preferred one first. */
  readonly acrValues?: readonly string[] | undefined
  /** Seconds that may have passed since the person was authenticated. */
  readonly maxAgeSeconds?: number | undefined
}

/** What is known about an error beside its code. */
export interface RelyingPartyErrorDetails {
  /** What happened, why probably, and what to do: for the developer. Holds no secret. */
  readonly message: string
  /** The error underneath, unchanged. */
  readonly cause?: unknown
  /** Which provider it was about: its Issuer Identifier. */
  readonly provider?: string | undefined
  /** The provider's own `error`, as data. */
  readonly error?: string | undefined
  /** The provider's own `error_description`, as data. */
  readonly errorDescription?: string | undefined
  /** Of `ERR_RP_TRANSACTION_MISSING`: what was measured. */
  readonly lostLogin?: LostLogin | undefined
  /** What the authentication has to be. */
  readonly demand?: AuthenticationDemand | undefined
  /** Headers for the answer, beside `Cache-Control`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * The only error this package gives to `next(error)` or throws at construction.
 *
 * Its message is for developers and logs; a person is shown the safe text of `errorTable`. `cause` is the error
 * underneath, unchanged; because the causes of protocol errors can carry provider answers with tokens in them, it is
 * not enumerable and printing the error prints of it only the names, codes and messages.
 *
 * @example
 * ```ts
 * app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
 *   if (error instanceof RelyingPartyError && error.code === 'ERR_RP_ACCESS_DENIED') response.redirect('/welcome')
 *   else next(error)
 * })
 * ```
 */
export class RelyingPartyError extends Error {
  override readonly name = 'RelyingPartyError'
  /** What happened: stable, listed in `docs/errors.md`. */
  readonly code: RelyingPartyErrorCode
  /** HTTP status; Express, Connect and finalhandler use it. */
  readonly status: number
  /** The same as `status`, for frameworks that read this name (Nest). */
  readonly statusCode: number
  /** Never: the message is for operators. Frameworks then show the text of the status. */
  readonly expose = false
  /** Where the cause and the fix are written down. */
  readonly help: string
  /** Headers that finalhandler, and so Express and Connect, put on their own error page: it must not be cached either. */
  declare readonly headers: Readonly<Record<string, string>>
  /** Issuer Identifier of the provider it was about. */
  readonly provider: string | undefined
  /** The provider's `error` (RFC 6749 section 4.1.2.1 and 5.2): foreign data, escape it before you show it. */
  readonly error: string | undefined
  /** The provider's `error_description`: foreign data, escape it before you show it. */
  readonly errorDescription: string | undefined
  /** Of `ERR_RP_TRANSACTION_MISSING` and `ERR_RP_LOGIN_LOOP`: why the login got lost, and the fix. */
  readonly lostLogin: LostLogin | undefined
  /** Random, once the error was logged: `errorPage()` shows it, and the log line has it. */
  declare readonly reference?: string
  /** With `ERR_RP_STEP_UP_REQUIRED`: what the authentication has to be. Of an API's challenge: foreign data. */
  declare readonly demand?: AuthenticationDemand

  constructor(code: RelyingPartyErrorCode, details: RelyingPartyErrorDetails) {
    const help = `docs/errors.md#${code.toLowerCase()}`
    super(`${details.message} (${code}: see express-relying-party/${help})`)
    this.code = code
    this.status = errorTable[code].status
    this.statusCode = this.status
    this.help = help
    this.provider = details.provider
    this.error = details.error
    this.errorDescription = details.errorDescription
    this.lostLogin = details.lostLogin
    Object.defineProperty(this, 'headers', { value: { 'Cache-Control': 'no-store', ...details.headers } })
    const { cause, demand } = details
    if (demand !== undefined) this.demand = demand
    // A getter, because node prints an uncaught error without the custom inspection below, but calls no getters.
    if (cause !== undefined) Object.defineProperty(this, 'cause', { get: () => cause, configurable: true })
  }
}

// Prints without what the causes carry: they hold the provider's answers, tokens included.
Object.defineProperty(RelyingPartyError.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value: function inspect(this: RelyingPartyError): string {
    return [this.stack ?? this.message, ...describeCauses(this.cause)].join('\n  caused by ')
  },
})

/** Name, code and message of every cause, outermost first: not what they carry. */
export function describeCauses(cause: unknown): string[] {
  const lines: string[] = []
  let current = cause
  while (current instanceof Error && lines.length < 8) {
    const code = 'code' in current && typeof current.code === 'string' ? ` [${current.code}]` : ''
    const text = current instanceof SyntaxError ? 'not readable' : current.message // JSON.parse quotes what it read
    lines.push(`${current.name}${code}: ${text}`)
    current = current.cause
  }
  return lines
}
