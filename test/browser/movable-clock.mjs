// Loaded before a program: its clock goes ahead by the seconds that the file named in CLOCK_FILE holds.
import { readFileSync } from 'node:fs'

const RealDate = Date
const file = process.env.CLOCK_FILE ?? ''
const now = () => RealDate.now() + Number(readFileSync(file, 'utf8')) * 1000

globalThis.Date = class extends RealDate {
  static now() {
    return now()
  }
  constructor(...parts) {
    super(...(parts.length === 0 ? [now()] : parts))
  }
}
