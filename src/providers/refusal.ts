// What the provider said when it refused a request (RFC 6749 section 5.2), also where openid-client did not read it.
import { ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { answerOf, causesOf } from './causes.ts'

/** The members of a refusal, as data: foreign text, without the secrets of the request. */
export interface Refusal {
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
}

/**
 * Reads the refusal behind a failure, from the body or from the challenge. Without one both members are undefined.
 *
 * @param secrets - what the request carried: the provider may have repeated it, and it is cut out
 */
export async function readRefusal(failure: unknown, secrets: readonly string[]): Promise<Refusal> {
  const { error, error_description: description } = (await bodyOf(failure)) ?? challengeOf(failure) ?? {}
  return {
    error: isText(error) ? withoutSecrets(error, secrets) : undefined,
    errorDescription: isText(description) ? withoutSecrets(description, secrets) : undefined,
  }
}

type Members = Readonly<Record<string, unknown>>

async function bodyOf(failure: unknown): Promise<Members | undefined> {
  const chain = causesOf(failure)
  const refusal = chain.find((error) => error instanceof ResponseBodyError)
  if (refusal !== undefined) return { error: refusal.error, error_description: refusal.error_description }
  const answer = answerOf(failure)
  // openid-client looks at the challenge first, and then reads no body. An answer of 5xx is an outage, whatever it says.
  if (answer !== undefined) return isClientError(answer.status) ? errorIn(await parsed(answer.text())) : undefined
  // GitHub and others answer a refusal with 200.
  return chain.map(({ cause }) => errorIn(Object(cause).body)).find((found) => found !== undefined)
}

/** The parameters of a challenge (RFC 6750 section 3). */
function challengeOf(failure: unknown): Members | undefined {
  const challenged = causesOf(failure).find((error) => error instanceof WWWAuthenticateChallengeError)
  return challenged?.cause.map(({ parameters }) => errorIn(parameters)).find((found) => found !== undefined)
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500
}

/** A body that is no JSON, or was read before, says nothing. */
async function parsed(text: Promise<string>): Promise<unknown> {
  try {
    return JSON.parse(await text)
  } catch {
    return undefined
  }
}

function errorIn(value: unknown): Members | undefined {
  const members: Members = Object(value)
  return isText(members['error']) ? members : undefined
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter((secret) => secret !== '').flatMap((secret) => [secret, encodeURIComponent(secret)])
  return forms.reduce((cleaned, secret) => cleaned.replaceAll(secret, '...'), text)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
