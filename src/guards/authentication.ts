// The authentication behind a request, as guards see it: is it enough, was more asked for, and where to go from here.
import type { AuthenticationDemand } from '../errors.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import type { LoginRecord } from '../session/login-record.ts'
import { isEnough, type JudgedAt, wasTried } from '../session/step-up.ts'
import type { RequestOidc } from './request-oidc.ts'

/** The authentication of one request. */
export interface Authentication {
  isEnough(demand: AuthenticationDemand): boolean
  /** Whether asking for it once more would be a circle. */
  wasTried(demand: AuthenticationDemand): boolean
  /** Answers the request with the redirect to the provider of this login; for who is signed out, a login that is asked for it. */
  ask(demand: RequestedDemand): Promise<void>
  /** The start page of the app, for whom no authentication helps. */
  readonly startUrl: string
}

/** What an authentication is made of. */
export interface AuthenticationParts extends Pick<Authentication, 'startUrl'> {
  /** The login as it is now. */
  login(): LoginRecord | undefined
  judgedAt(login: LoginRecord): JudgedAt
  ask(demand: RequestedDemand, login: LoginRecord | undefined): Promise<void>
}

/** Beside req.oidc and not in it: it is between the middleware and its guards. */
const authentications = new WeakMap<RequestOidc, Authentication>()

/** Makes the authentication of the request that has this `req.oidc`. */
export function setAuthentication(oidc: RequestOidc, { login, judgedAt, ask, startUrl }: AuthenticationParts): void {
  const judge = (demand: AuthenticationDemand, by: typeof isEnough): boolean => {
    const current = login()
    return current !== undefined && by(current, demand, judgedAt(current))
  }
  authentications.set(oidc, {
    isEnough: (demand) => judge(demand, isEnough),
    wasTried: (demand) => judge(demand, wasTried),
    ask: (demand) => ask(demand, login()),
    startUrl,
  })
}

/** Undefined when no middleware of ours made that `req.oidc`. */
export function authenticationOf(oidc: RequestOidc): Authentication | undefined {
  return authentications.get(oidc)
}
