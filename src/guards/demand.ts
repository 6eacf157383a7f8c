// The options of guards on how the person was authenticated, checked when the guard is made.
import { RelyingPartyError } from '../errors.ts'
import type { RequestedDemand } from '../protocol/step-up-request.ts'

/** Undefined when any authentication is enough. */
export function parseDemand(
  guard: string,
  { acrValues, maxAgeSeconds, essential }: RequestedDemand,
): RequestedDemand | undefined {
  const faults: [broken: boolean, fault: string][] = [
    [
      acrValues !== undefined && !isAcrValues(acrValues),
      'acrValues must be a list of texts without white space, not empty',
    ],
    [maxAgeSeconds !== undefined && !isSeconds(maxAgeSeconds), 'maxAgeSeconds must be a whole number, not negative'],
    [essential !== undefined && typeof essential !== 'boolean', 'essential must be boolean'],
    [essential === true && acrValues === undefined, 'essential needs acrValues'],
  ]
  const fault = faults.find(([broken]) => broken)?.[1]
  if (fault !== undefined) throw new RelyingPartyError('ERR_RP_OPTIONS', { message: `${guard}(): ${fault}` })
  if (acrValues === undefined && maxAgeSeconds === undefined) return undefined
  return { acrValues: acrValues && [...acrValues], maxAgeSeconds, essential }
}

/** They are separated by spaces on the wire, and go into a header. */
function isAcrValues(values: unknown): boolean {
  return (
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((value) => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value))
  )
}

/** `max_age` is a whole number on the wire (OpenID Connect Core 1.0 section 3.1.2.1). */
function isSeconds(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 9_999_999_999
}
