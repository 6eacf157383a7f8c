// Seals what we store: AES-256-GCM with a key ring, bound to its purpose and to the id it is stored under.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** What a sealed value is for and where it belongs: one cannot be opened as another (threat V16). */
export interface SealContext {
  readonly purpose: 'login-record' | 'interrupted-post'
  readonly id: string
}

/** Seals with the first secret, opens with all: that is how a secret is rotated. */
export interface Seal {
  seal(plaintext: string, context: SealContext): string
  /** The plaintext; undefined when it was changed, sealed for something else, or by a secret that is gone. */
  open(sealed: string, context: SealContext): string | undefined
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
    seal: (plaintext, context) => seal(plaintext, newest, context),
    open(sealed, context) {
      const [format, keyId, text] = sealed.split('.')
      const key = ring.find((candidate) => candidate.id === keyId)
      if (format !== version || key === undefined || text === undefined) return undefined
      return open(Buffer.from(text, 'base64url'), key, context)
    },
  }
}

function deriveKey(secret: string): Key {
  const derive = (use: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, 'express-relying-party', use, bytes))
  return { id: derive('key id', 6).toString('base64url'), secret: derive('sealing key', 32) }
}

function seal(plaintext: string, key: Key, context: SealContext): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, key.secret, iv).setAAD(associatedData(key, context))
  const sealed = Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${version}.${key.id}.${sealed.toString('base64url')}`
}

function open(sealed: Buffer, key: Key, context: SealContext): string | undefined {
  if (sealed.length < ivBytes + tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key.secret, sealed.subarray(0, ivBytes), { authTagLength: tagBytes })
  decipher.setAAD(associatedData(key, context)).setAuthTag(sealed.subarray(-tagBytes))
  try {
    return decipher.update(sealed.subarray(ivBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined // changed, or sealed for something else: there is no reading it
  }
}

/** JSON, so that no two contexts are written alike. */
function associatedData(key: Key, { purpose, id }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([version, key.id, purpose, id]))
}
