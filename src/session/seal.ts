// Seals what we store: AES-256-GCM with a key ring, bound to its purpose and to the id it is stored under.
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { randomOctets } from '../random.ts'

/** What a sealed value is for and where it belongs: one cannot be opened as another (threat V16). */
export interface SealContext {
  readonly purpose: 'login-record' | 'login-hint' | 'interrupted-post'
  readonly id: string
}

/** Seals with the first secret, opens with all: that is how a secret is rotated. */
export interface Seal {
  seal(plaintext: string, context: SealContext): string
  /** The plaintext; undefined when it was changed, sealed for something else, or by a secret that is gone. */
  open(sealed: string, context: SealContext): string | undefined
  /** Shorter, in `[A-Za-z0-9_-]` alone: does not say which secret sealed it, so that all are tried. */
  sealBriefly(plaintext: Buffer, context: SealContext): string
  /** The plaintext of `sealBriefly()`, or undefined as of `open()`. */
  openBrief(sealed: string, context: SealContext): Buffer | undefined
}

interface Key {
  readonly id: string
  readonly secret: Buffer
}

const algorithm = 'aes-256-gcm'
const version = 'v1'
/** 96 random bits, the length GCM is made for (NIST SP 800-38D section 8.2.2). */
const ivBytes = 12
const tagBytes = 16

/** Derives the ring of keys once (HKDF-SHA256, RFC 5869). */
export function createSeal(secrets: readonly string[]): Seal {
  const ring = secrets.map(deriveKey)
  const [newest] = ring
  if (newest === undefined) throw new TypeError('a seal needs a secret')
  return {
    seal: (plaintext, context) => {
      const sealed = seal(Buffer.from(plaintext), newest, context)
      return `${version}.${newest.id}.${sealed.toString('base64url')}`
    },
    open(sealed, context) {
      const [format, keyId, text] = sealed.split('.')
      const key = ring.find((candidate) => candidate.id === keyId)
      if (format !== version || key === undefined || text === undefined) return undefined
      return open(Buffer.from(text, 'base64url'), key, context)?.toString()
    },
    sealBriefly: (plaintext, context) => seal(plaintext, newest, context).toString('base64url'),
    openBrief(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url')
      // It skips what is no base64url, and the last bits: one value must not be written in two ways (RFC 4648 section 3.5).
      if (bytes.toString('base64url') !== sealed) return undefined
      return firstOf(ring, (key) => open(bytes, key, context))
    },
  }
}

function deriveKey(secret: string): Key {
  const derive = (use: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, 'express-relying-party', use, bytes))
  return { id: derive('key id', 6).toString('base64url'), secret: derive('sealing key', 32) }
}

function firstOf<Item, Value>(items: readonly Item[], find: (item: Item) => Value | undefined): Value | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

function seal(plaintext: Buffer, key: Key, context: SealContext): Buffer {
  const iv = randomOctets(ivBytes)
  const cipher = createCipheriv(algorithm, key.secret, iv).setAAD(associatedData(key, context))
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function open(sealed: Buffer, key: Key, context: SealContext): Buffer | undefined {
  if (sealed.length < ivBytes + tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key.secret, sealed.subarray(0, ivBytes), { authTagLength: tagBytes })
  decipher.setAAD(associatedData(key, context)).setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()])
  } catch {
    return undefined // changed, or sealed for something else: there is no reading it
  }
}

/** JSON, so that no two contexts are written alike. */
function associatedData(key: Key, { purpose, id }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([version, key.id, purpose, id]))
}
