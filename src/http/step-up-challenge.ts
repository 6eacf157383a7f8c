// The challenge `insufficient_user_authentication`: reads that of an API and writes ours (RFC 9470 section 3).
import type { AuthenticationDemand } from '../errors.ts'
import { parseChallenges } from './challenges.ts'

const error = 'insufficient_user_authentication'
const longest = 1024

/** What an API asks for; undefined when it asks for nothing that can be understood whole. */
export function readStepUpChallenge(header: string | null): AuthenticationDemand | undefined {
  const challenge = parseChallenges(header).find(
    ({ scheme, parameters }) => scheme === 'bearer' && parameters.get('error') === error,
  )
  const [acrValues, maxAge] = [challenge?.parameters.get('acr_values'), challenge?.parameters.get('max_age')]
  if (acrValues === undefined && maxAge === undefined) return undefined
  if (acrValues !== undefined && !isAcrValues(acrValues)) return undefined
  if (maxAge !== undefined && !/^\d{1,10}$/.test(maxAge)) return undefined
  return {
    ...(acrValues === undefined ? {} : { acrValues: acrValues.split(' ').filter((value) => value !== '') }),
    ...(maxAge === undefined ? {} : { maxAgeSeconds: Number(maxAge) }),
  }
}

/** It goes into a URL and into headers. */
function isAcrValues(value: string): boolean {
  return value.length <= longest && /^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/.test(value)
}

/** The same challenge, as the value of a header. */
export function stepUpChallenge({ acrValues, maxAgeSeconds }: AuthenticationDemand): string {
  const parameters = [
    `error="${error}"`,
    ...(acrValues === undefined ? [] : [`acr_values="${acrValues.join(' ').replace(/["\\]/g, '\\$&')}"`]),
    ...(maxAgeSeconds === undefined ? [] : [`max_age="${maxAgeSeconds}"`]),
  ]
  return `Bearer ${parameters.join(', ')}`
}
