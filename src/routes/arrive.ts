// The end of a login: sends the browser to the page it was started for, or says that its address was too long to keep.
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { type Page, sendPage } from '../http/page.ts'
import { redirect } from '../http/redirect.ts'
import type { Log } from '../log.ts'
import { pathCutText } from '../session/lost-login.ts'

/** Where a login leads. */
export interface Destination {
  readonly returnTo: string
  /** The path that was asked for was too long to keep: `returnTo` is the start page instead. */
  readonly isPathCut?: boolean | undefined
}

/** Sends a signed-in user there. The link that was too long works now: a guard lets it pass without a redirect. */
export function arrive(request: HttpRequest, response: HttpResponse, { returnTo, isPathCut }: Destination): void {
  if (isPathCut === true) sendPage(request, response, cutPage(returnTo))
  else redirect(request, response, returnTo)
}

function cutPage(startUrl: string): Page {
  return {
    status: 200,
    title: 'You are signed in',
    text: `${pathCutText} Open its link again, or go to the start page.`,
    links: [{ href: startUrl, text: 'To the start page' }],
  }
}

/** Tells the operator that a path was dropped; the path itself is not logged. */
export function warnOfCutPath(log: Log, what: string): void {
  log.warn(
    'WARN_RP_RETURN_TO',
    `${what} After the login the user has to open the link again, or land on the start page.`,
  )
}
