// Whether a login is strong and new enough, and whether the provider was asked for more already: once, never in a circle.
import type { AuthenticationDemand } from '../errors.ts'
import type { Claims } from '../protocol/claims.ts'

/** What a login was asked to be, by the request that it answered. */
export interface StepUp extends AuthenticationDemand {
  /** The path of the page that needed it. */
  readonly page: string
}

/** When a login is judged, and by how much the provider's clock may differ from ours. */
export interface JudgedAt {
  readonly now: number
  readonly toleranceSeconds: number
}

/** The part of a login record that is judged. */
interface Judged {
  readonly claims: Claims
  readonly loginAt: number
  readonly stepUps?: readonly StepUp[] | undefined
}

/** The way back from the provider takes that long at times: with less, a login could be too old when it comes home. */
const leastAgeSeconds = 10
/** Demands of one page that contradict each other, each met in turn, come to an end here. */
const mostStepUps = 4
/** A page that asks for more so soon after a login is the one that this login came back to. */
const backSoonSeconds = 60

/** Whether the login is what is asked for: by its validated claims, never by what was sent to the provider. */
export function isEnough(login: Judged, demand: AuthenticationDemand, at: JudgedAt): boolean {
  return !lacksAcr(login, demand) && !isTooOld(login, demand, { ...at, leeway: at.toleranceSeconds })
}

/**
 * Whether another request for the same would be a circle: this login was asked for it, and the provider did not deliver; or
 * it did, as far as can be seen here, and whoever asks (an API) does not see it.
 *
 * A `max_age` that was kept and has passed since is no circle: the person was authenticated for it, and is again.
 */
export function wasTried(login: Judged, demand: AuthenticationDemand, at: JudgedAt): boolean {
  const { loginAt, stepUps = [] } = login
  const { now, toleranceSeconds } = at
  const isSameAcr = ({ acrValues }: StepUp) => acrValues?.join(' ') === demand.acrValues?.join(' ')
  const isAsNew = ({ maxAgeSeconds: asked }: StepUp) =>
    demand.maxAgeSeconds === undefined || (asked !== undefined && asked <= demand.maxAgeSeconds)
  const cameTooOld = isTooOld(login, demand, { now: loginAt, toleranceSeconds, leeway: toleranceSeconds })
  return (
    (lacksAcr(login, demand) && stepUps.some(isSameAcr)) ||
    (cameTooOld && stepUps.some(isAsNew)) ||
    // An API may see a login as too old a little earlier than we do.
    (!isTooOld(login, demand, { ...at, leeway: -toleranceSeconds }) &&
      stepUps.some((stepUp) => isSameAcr(stepUp) && isAsNew(stepUp))) ||
    (stepUps.length >= mostStepUps && now - loginAt < backSoonSeconds)
  )
}

/** What the next login was asked for: with it what this one was, when its page needs more at once. */
export function withStepUp(login: Judged | undefined, next: StepUp, now: number): readonly StepUp[] {
  const { stepUps = [], loginAt = 0 } = login ?? {}
  const isSamePage = stepUps.at(-1)?.page === next.page
  return isSamePage && now - loginAt < backSoonSeconds ? [...stepUps, next].slice(-mostStepUps) : [next]
}

function lacksAcr({ claims: { acr } }: Judged, { acrValues }: AuthenticationDemand): boolean {
  return acrValues !== undefined && !(typeof acr === 'string' && acrValues.includes(acr))
}

/** Without `auth_time` nobody knows, so it is too old. */
function isTooOld(
  { claims: { auth_time: authTime }, loginAt }: Judged,
  { maxAgeSeconds }: AuthenticationDemand,
  { now, toleranceSeconds, leeway }: JudgedAt & { readonly leeway: number },
): boolean {
  if (maxAgeSeconds === undefined) return false
  // Nobody was authenticated after the login: a refresh made it newer than it is, which Core section 12.2 forbids.
  if (typeof authTime !== 'number' || authTime > loginAt + toleranceSeconds) return true
  return now - authTime > Math.max(maxAgeSeconds + leeway, leastAgeSeconds)
}
