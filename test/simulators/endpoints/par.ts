// Pushed authorization requests (RFC 9126; wire 1.9, 2.7, 3.7, 4.8).

import { randomUUID } from 'node:crypto'
import { type Answer, jsonAnswer } from '../../../src/testing/answer.ts'
import { tokenErrorAnswer } from '../answers.ts'
import { authenticateClient } from '../client-authentication.ts'
import type { Context } from '../context.ts'
import type { TokenFailure } from '../failures.ts'
import type { SimulatorRequest } from '../wire-request.ts'

/** Keeps the request and answers with its `request_uri`. */
export function parEndpoint(context: Context, request: SimulatorRequest): Answer {
  const authentication = authenticateClient(context, request)
  if ('refusal' in authentication) return authentication.refusal
  const { client, form } = authentication
  const failure = context.switches.isFapi2 ? fapiFailure(form) : undefined
  if (failure) return tokenErrorAnswer(context, failure)
  const { prefix, lifetimeSeconds, order } = context.profile.par
  const requestUri = `${prefix}${randomUUID()}`
  const parameters = new URLSearchParams(form)
  for (const name of ['client_secret', 'client_assertion', 'client_assertion_type']) parameters.delete(name)
  parameters.set('client_id', client.clientId)
  const expiresAt = context.clock.nowAt() + lifetimeSeconds
  context.pushed.set(requestUri, { parameters, clientId: client.clientId, expiresAt })
  const body =
    order === 'lifetime-first'
      ? { expires_in: lifetimeSeconds, request_uri: requestUri }
      : { request_uri: requestUri, expires_in: lifetimeSeconds }
  return jsonAnswer(body, 201)
}

/** FAPI applications need a challenge, by S256 only (wire 1.9). */
function fapiFailure(form: URLSearchParams): TokenFailure | undefined {
  if (!form.has('code_challenge')) return 'parChallengeMissing'
  return form.get('code_challenge_method') === 'S256' ? undefined : 'parMethodRefused'
}
