// The hint in `state`: where a person wanted to go, still known when the session has lost the login (design section 4).
import type { Settings } from '../options-settings.ts'
import { randomOctets } from '../random.ts'
import { createSeal } from './seal.ts'

/** What `state` tells us alone. It proves nothing about the browser that brings it, so it never signs anybody in. */
export interface LoginHint {
  readonly returnTo: string
  /** How often this login was started again because it had got lost. */
  readonly attempt: number
  /** NumericDate. */
  readonly startedAt: number
  readonly isSilent: boolean
  /** It asked for more than a login: to begin again without that would lose it without a word. */
  readonly isStrict?: boolean
  /** The path was too long to keep: `returnTo` is the start page instead. */
  readonly isPathCut?: boolean
}

/** Makes and reads the `state` of a provider's logins. */
export interface LoginHints {
  /** A new `state`: at most 128 characters when the return path is short. */
  createState(hint: LoginHint, registration: string): string
  /** The hint; undefined when this `state` is not one of ours for that provider. */
  open(state: string, registration: string): LoginHint | undefined
}

/** With the 96 bits of the seal `state` has 128 random bits, which nobody can guess (RFC 6749 section 10.10). */
const moreRandomBytes = 4
const pathAt = moreRandomBytes + 1 + 4
/** Beside the attempt, in the same byte. */
const silentBit = 0x80
const strictBit = 0x40
/** Some providers and proxies cut long URLs off: a longer path is worth more as a working login than as a hint. */
const longestReturnTo = 512
/**
 * Behind the start page: an empty fragment, which no return path has (`parseReturnTo()` drops it). Version 0.1 takes it for
 * a part of the path, which is the same page.
 */
const cutMark = '#'

/** Whether `state` can carry the path. */
export function isCarriedByState(returnTo: string): boolean {
  return returnTo.length <= longestReturnTo
}

/** Makes the hints of one middleware: sealed, so that neither the provider nor its logs read where people go. */
export function createLoginHints({ secrets, basePath }: Pick<Settings, 'secrets' | 'basePath'>): LoginHints {
  const seal = createSeal(secrets)
  return {
    createState({ returnTo, attempt, startedAt, isSilent, isStrict = false, isPathCut = false }, registration) {
      const path = isPathCut || !isCarriedByState(returnTo) ? `${basePath}/${cutMark}` : returnTo
      const plaintext = Buffer.concat([randomOctets(moreRandomBytes), Buffer.alloc(5), Buffer.from(path)])
      plaintext.writeUInt8(attempt + (isSilent ? silentBit : 0) + (isStrict ? strictBit : 0), moreRandomBytes)
      plaintext.writeUInt32BE(Math.floor(startedAt), moreRandomBytes + 1)
      return seal.sealBriefly(plaintext, { purpose: 'login-hint', id: registration })
    },

    open(state, registration) {
      const plaintext = seal.openBrief(state, { purpose: 'login-hint', id: registration })
      if (plaintext === undefined) return undefined
      const first = plaintext.readUInt8(moreRandomBytes)
      const path = plaintext.subarray(pathAt).toString()
      const isPathCut = path.indexOf(cutMark) === path.length - 1
      return {
        returnTo: isPathCut ? path.slice(0, -1) : path,
        attempt: first % strictBit,
        startedAt: plaintext.readUInt32BE(moreRandomBytes + 1),
        isSilent: first >= silentBit,
        ...((first & strictBit) === 0 ? {} : { isStrict: true }),
        ...(isPathCut && { isPathCut }),
      }
    },
  }
}
