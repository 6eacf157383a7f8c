// Reads a form that was posted (application/x-www-form-urlencoded), whether or not a parser of the app was there first.
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from './messages.ts'
import { readCapped } from './read-capped.ts'

/** A token of a few kB is all that is posted to us (threat V30). */
const largestFormBytes = 64 * 1024
/** A server sends its form in one go: who drips it means to keep a socket of ours busy. */
const longestReadSeconds = 5

/** The fields of the form; or in words of ours why there are none. */
export type FormBody = { readonly form: URLSearchParams } | { readonly fault: string }

const tooLarge: FormBody = { fault: `its body is larger than ${largestFormBytes} bytes` }

/** Reads the form once; throws `ERR_RP_OPTIONS` when the app has consumed it and left nothing. */
export async function readFormBody(request: HttpRequest & { readonly body?: unknown }): Promise<FormBody> {
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return { fault: 'its Content-Type is not application/x-www-form-urlencoded' }
  }
  const parsed = parsedForm(request.body)
  if (request.readableDidRead) return asFormBody(parsed)
  // Parsers of Express 4 leave an empty object behind for what they did not read.
  return parsed === undefined || parsed.toString() === '' ? await readStream(request) : asFormBody(parsed)
}

/** What a parser of the app has made of the form: of a repeated field an array, which is repeated here again. */
function parsedForm(body: unknown): URLSearchParams | undefined {
  if (typeof body === 'string') return new URLSearchParams(body)
  if (body instanceof Uint8Array) return new URLSearchParams(Buffer.from(body).toString())
  if (typeof body !== 'object' || body === null) return undefined
  const fields = Object.entries(body).flatMap(([name, value]) => [value].flat().map((each) => [name, each] as const))
  return new URLSearchParams(fields.filter((field): field is [string, string] => typeof field[1] === 'string'))
}

function asFormBody(form: URLSearchParams | undefined): FormBody {
  if (form !== undefined) return form.toString().length > largestFormBytes ? tooLarge : { form }
  const message =
    'The body of a POST to relyingParty() was read before it and is not in req.body. Put relyingParty() before what ' +
    'reads it, or use express.urlencoded({ extended: false }), which leaves the form in req.body.'
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

async function readStream(request: HttpRequest): Promise<FormBody> {
  if (Number(request.headers['content-length'] ?? 0) > largestFormBytes) return tooLarge
  // Leaving the loop must not destroy the request: the answer is still to come, and what logs it reads the request.
  const chunks = request.iterator({ destroyOnReturn: false })
  try {
    const content = await Promise.race([readCapped(chunks, largestFormBytes), timeLimit()])
    return { form: new URLSearchParams(content.toString()) }
  } catch (error) {
    // Whoever sends it is at fault in either way, and learns so by the answer, if it is still there.
    return error instanceof RangeError ? tooLarge : { fault: 'its body did not come in time, or not to its end' }
  }
}

async function timeLimit(): Promise<never> {
  await delay(longestReadSeconds * 1000, undefined, { ref: false })
  throw new Error('the body did not come in time')
}
