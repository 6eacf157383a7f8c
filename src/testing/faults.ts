// The ready-made faults as one object.

import * as namedFaults from './named-faults.ts'

/** The name of a ready-made fault. */
export type FaultName = keyof typeof namedFaults

/**
 * Ready-made faults, one for each thing that a client has to notice; their names say what is wrong.
 *
 * @example
 * ```ts
 * provider.misbehave(faults.wrongNonce)
 * ```
 */
export const faults: Readonly<typeof namedFaults> = Object.freeze({ ...namedFaults })
