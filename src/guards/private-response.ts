// Pages of a signed-in person are theirs alone: no shared cache keeps them, unless the app says otherwise (RFC 9111 section 5.2.2.7).
import type { HttpResponse } from '../http/messages.ts'

/** What `express.static()` and `res.sendFile()` write when the app said nothing: nobody's choice, so it is ours. */
const defaultOfSend = 'public, max-age=0'

/**
 * Adds `Cache-Control: private` when the head goes out and nobody has chosen anything.
 *
 * At that moment and not at once: whoever sets the header only when it is missing, as `send` does for
 * `express.static(folder, { maxAge })`, would find ours and drop the app's choice; see docs/decisions/0019. What is
 * given to `writeHead()` itself replaces what is set here, in each of its forms.
 */
export function keepPrivate(response: HttpResponse): void {
  const { writeHead } = response
  // Also what Node calls when the app just writes, ends or flushes; express-session sends its cookie in the same way.
  response.writeHead = function writePrivateHead(...given: unknown[]): HttpResponse {
    setDefault(response)
    return Reflect.apply(writeHead, response, given)
  }
}

function setDefault(response: HttpResponse): void {
  const chosen = response.getHeader('cache-control')
  if (chosen === undefined) response.setHeader('Cache-Control', 'private')
  else if (chosen === defaultOfSend) response.setHeader('Cache-Control', 'private, max-age=0')
}
