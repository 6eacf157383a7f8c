// The shapes of codes and opaque tokens: each vendor has its own, and a relying party must take all as opaque.

import { randomBytes, randomUUID } from 'node:crypto'

/** The shape of an authorization code (wire 1.3, 2.2, 4.2). */
export type CodeFormat = 'uuid3' | 'hex30' | 'uuid4' | 'base64url20'

/** A new value of that shape. */
export function createCode(format: CodeFormat): string {
  switch (format) {
    case 'uuid3':
      return createUuid3()
    case 'hex30':
      return randomBytes(15).toString('hex')
    case 'uuid4':
      return randomUUID()
    case 'base64url20':
      return randomBytes(15).toString('base64url')
  }
}

/** A random value in the shape of a version 3 UUID. */
export function createUuid3(): string {
  return randomUUID().replace(/^(.{14})4/, '$13')
}
