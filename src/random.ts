// Values that nobody can guess. Random bytes are drawn in bulk: each draw costs as much as sealing what they are for.
import { randomBytes } from 'node:crypto'

const drawnBytes = 4096

let drawn = Buffer.alloc(0)
let used = 0

/** So many random bytes, which are given out once. */
export function randomOctets(size: number): Buffer {
  if (used + size > drawn.length) {
    drawn = randomBytes(Math.max(size, drawnBytes)) // a new buffer, because parts of the old one are in use
    used = 0
  }
  used += size
  return drawn.subarray(used - size, used)
}

/** So many random bytes in base64url: four characters for three bytes. */
export function randomText(size: number): string {
  return randomOctets(size).toString('base64url')
}
