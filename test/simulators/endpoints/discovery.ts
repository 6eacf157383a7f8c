// The metadata, the keys, and WSO2's WebFinger (wire 1.1).

import { type Answer, jsonAnswer } from '../../../src/testing/answer.ts'
import { textPage } from '../answers.ts'
import type { Context } from '../context.ts'
import { parameterOf, type SimulatorRequest } from '../wire-request.ts'

const WEBFINGER_RELATION = 'http://openid.net/specs/connect/1.0/issuer'

/** Answers with the metadata; every discovery URL names the one configured issuer. */
export function discoveryEndpoint({ profile, urls, place, origin, issuer, switches }: Context): Answer {
  const metadata = { issuer, ...profile.metadata(urls, place, origin) }
  return publicJson(switches.isFapi2 ? { ...metadata, authorization_response_iss_parameter_supported: true } : metadata)
}

/** Answers with the public keys. */
export function jwksEndpoint({ keys }: Context): Answer {
  return publicJson(keys.jwkSet())
}

/** Answers which issuer is in charge of an account (RFC 7033). */
export function webfingerEndpoint({ issuer }: Context, request: SimulatorRequest): Answer {
  const subject = parameterOf(request.query, 'resource')
  if (subject === undefined) return textPage(400, 'WebFinger', 'The resource is missing.')
  return publicJson({ subject, links: [{ rel: WEBFINGER_RELATION, href: issuer }] })
}

/** The page of the session management iframe; it never says that anything changed. */
export function checkSessionEndpoint(): Answer {
  return textPage(200, 'Session', 'Nothing has changed.')
}

function publicJson(body: object): Answer {
  const answer = jsonAnswer(body)
  return { ...answer, headers: { ...answer.headers, 'cache-control': 'public, max-age=60' } }
}
