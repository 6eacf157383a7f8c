// Reads a form that was posted (application/x-www-form-urlencoded), whether or not a parser of the app was there first.
import { setTimeout as delay } from 'node:timers/promises'
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from './messages.ts'
import { parsedForm } from './parsed-form.ts'
import { readCapped } from './read-capped.ts'

/** A token of a few kB is all that is posted to our own routes (threat V30). */
const largestOwnFormBytes = 64 * 1024
/** A server sends its form in one go: who drips it means to keep a socket of ours busy. */
const longestReadSeconds = 5

/** The fields of the form; or in words of ours why there are none. */
export type FormBody = { readonly form: URLSearchParams } | { readonly fault: string }

/** Reads the form once; throws `ERR_RP_OPTIONS` when the app has consumed it and left nothing. */
export async function readFormBody(
  request: HttpRequest & { readonly body?: unknown },
  largestBytes: number = largestOwnFormBytes,
): Promise<FormBody> {
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return { fault: 'its Content-Type is not application/x-www-form-urlencoded' }
  }
  const parsed = parsedForm(request.body)
  if (parsed === 'not a form') return { fault: 'a field of its body is no text' }
  if (request.readableDidRead) return asFormBody(parsed, largestBytes)
  // Parsers of Express 4 leave an empty object behind for what they did not read.
  const isUnread = parsed === undefined || parsed.toString() === ''
  return isUnread ? await readStream(request, largestBytes) : asFormBody(parsed, largestBytes)
}

function asFormBody(form: URLSearchParams | undefined, largestBytes: number): FormBody {
  if (form !== undefined) return form.toString().length > largestBytes ? tooLarge(largestBytes) : { form }
  const message =
    'The body of a POST was read before relyingParty() or its guard needed it, and is not in req.body. Put ' +
    'relyingParty() before what reads it, or use express.urlencoded({ extended: false }), which leaves the form in req.body.'
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}

async function readStream(request: HttpRequest, largestBytes: number): Promise<FormBody> {
  if (Number(request.headers['content-length'] ?? 0) > largestBytes) return tooLarge(largestBytes)
  // Leaving the loop must not destroy the request: the answer is still to come, and what logs it reads the request.
  const chunks = request.iterator({ destroyOnReturn: false })
  try {
    const content = await Promise.race([readCapped(chunks, largestBytes), timeLimit()])
    return { form: new URLSearchParams(content.toString()) }
  } catch (error) {
    // Whoever sends it is at fault in either way, and learns so by the answer, if it is still there.
    return error instanceof RangeError
      ? tooLarge(largestBytes)
      : { fault: 'its body did not come in time, or not to its end' }
  }
}

function tooLarge(largestBytes: number): FormBody {
  return { fault: `its body is larger than ${largestBytes} bytes` }
}

async function timeLimit(): Promise<never> {
  await delay(longestReadSeconds * 1000, undefined, { ref: false })
  throw new Error('the body did not come in time')
}
