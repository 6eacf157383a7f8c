// An answer of a provider, read to its end: as much of a web `Response` as we and openid-client read.

/** Where the headers of an answer are looked up. */
export type AnswerHeaders = Pick<Headers, 'get' | 'has'>

/**
 * A `Response` of our own: making a real one costs as much as the rest of a token request. openid-client takes it for
 * one by its tag, as it takes those of other `fetch` implementations.
 */
export class ProviderResponse {
  readonly status: number
  readonly headers: AnswerHeaders
  /** There is nothing to cancel: the content has been read. */
  readonly body = null
  /** Never: it can be read again. */
  readonly bodyUsed = false
  readonly #content: Uint8Array

  constructor(status: number, headers: AnswerHeaders, content: Uint8Array) {
    this.status = status
    this.headers = headers
    this.#content = content
  }

  get [Symbol.toStringTag](): 'Response' {
    return 'Response'
  }

  clone(): this {
    return this
  }

  async text(): Promise<string> {
    return utf8.decode(this.#content)
  }

  async json(): Promise<unknown> {
    return JSON.parse(utf8.decode(this.#content))
  }
}

/** What we read of an answer. */
export type Answer = Pick<ProviderResponse, 'status' | 'headers' | 'text' | 'json'>

/** Whether it is one, or a `Response` of `fetch()`. */
export function isAnswer(value: unknown): value is Answer {
  return Object.prototype.toString.call(value) === '[object Response]'
}

/** Leaves a byte order mark out, as `Response` does, and `Buffer` does not. */
const utf8 = new TextDecoder()

/** The headers as node:http has them: names in lower case. */
export function answerHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): AnswerHeaders {
  const get = (name: string): string | null => {
    const lower = name.toLowerCase()
    const value = Object.hasOwn(headers, lower) ? headers[lower] : undefined
    return Array.isArray(value) ? value.join(', ') : (value ?? null)
  }
  return { get, has: (name) => get(name) !== null }
}
