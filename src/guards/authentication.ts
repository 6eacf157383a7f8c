// The authentication behind a request, as guards see it: is it enough, was more asked for, and where to go from here.
import type { AuthenticationDemand } from '../errors.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'
import type { LoginFacts } from '../session/login-record.ts'
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
  /** Reports an error of this request to the log; `route` names the guard that it comes from, such as `requireClaim()`. */
  report(error: unknown, route: string): void
}

/** Under which `req.oidc` has it: not by a name, because it is between the middleware and its guards. */
export const authentication: unique symbol = Symbol('authentication')

/** What guards find on it. */
export interface GuardedOidc {
  readonly [authentication]: () => Authentication
}

/** What an authentication is made of. */
export interface AuthenticationParts extends Pick<Authentication, 'startUrl' | 'report'> {
  /** The login as it is now. */
  login(): LoginFacts | undefined
  judgedAt(login: LoginFacts): JudgedAt
  ask(demand: RequestedDemand, login: LoginFacts | undefined): Promise<void>
}

/** Makes the authentication of one request. */
export function createAuthentication({ login, judgedAt, ask, ...parts }: AuthenticationParts): Authentication {
  const judge = (demand: AuthenticationDemand, by: typeof isEnough): boolean => {
    const current = login()
    return current !== undefined && by(current, demand, judgedAt(current))
  }
  return {
    isEnough: (demand) => judge(demand, isEnough),
    wasTried: (demand) => judge(demand, wasTried),
    ask: (demand) => ask(demand, login()),
    ...parts,
  }
}

/** Undefined when no middleware of ours made that `req.oidc`. */
export function authenticationOf(oidc: RequestOidc): Authentication | undefined {
  return (oidc as Partial<GuardedOidc>)[authentication]?.()
}
