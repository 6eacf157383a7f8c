// The chain of causes of a failed request, and what can be read from it: codes, the answer and its status.
import { ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { type Answer, isAnswer } from './provider-response.ts'

/** An error and its causes, outermost first; an AggregateError stands for its first. */
export function causesOf(error: unknown): Error[] {
  const chain: Error[] = []
  let current = error
  while (current instanceof Error && chain.length < 8) {
    chain.push(current)
    current = current instanceof AggregateError ? current.errors[0] : current.cause
  }
  return chain
}

/** The code of one error; a time limit has none, but a name (`AbortSignal.timeout()`). */
export function codeOf(error: Error): string | undefined {
  if (error.name === 'TimeoutError') return error.name
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The provider's answer that openid-client refused; undefined when none was received, or none was kept. */
export function answerOf(failure: unknown): Answer | undefined {
  return causesOf(failure)
    .map(answerIn)
    .find((found) => found !== undefined)
}

/** The HTTP status of that answer. */
export function statusOf(failure: unknown): number | undefined {
  return answerOf(failure)?.status
}

/** openid-client keeps the answer as the cause, or in a member of its own. */
function answerIn(error: Error): Answer | undefined {
  const isRefusal = error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError
  const answer: unknown = isRefusal ? error.response : error.cause
  return isAnswer(answer) ? answer : undefined
}
