// WSO2's page for errors that must not go to the redirect URI (wire 1.2).

import type { Answer } from '../../../src/testing/answer.ts'
import { textPage } from '../answers.ts'
import type { Context } from '../context.ts'
import type { SimulatorRequest } from '../wire-request.ts'

/** Shows the error that its query names. */
export function errorPageEndpoint(_context: Context, { query }: SimulatorRequest): Answer {
  return textPage(200, query.get('oauthErrorCode') ?? 'Error', query.get('oauthErrorMsg') ?? 'Something went wrong.')
}
