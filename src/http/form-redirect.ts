// Leaves our site after a form was posted, under a Content-Security-Policy whose form-action would forbid it.
import type { HttpRequest, HttpResponse } from './messages.ts'
import { namesPage } from './navigation.ts'
import { type Page, sendPage } from './page.ts'
import { redirect } from './redirect.ts'

/**
 * Sends the browser from a posted form to another site.
 *
 * Chromium applies `form-action` to every redirect of a form's navigation (CSP Level 3 section 6.4.1), and helmet's
 * default is `form-action 'self'`: the redirect would end in a blank refusal. So where the policy stands in the way, we
 * answer with a page that moves on by the `Refresh` header: that is a navigation of its own, which needs no wider
 * policy and no script. The URL is in the header alone: it may carry an ID token, and pages never do.
 */
export function redirectAfterForm(request: HttpRequest, response: HttpResponse, location: string, page: Page): void {
  if (request.method === 'POST' && namesPage(request) && forbidsForm(response, location)) {
    response.setHeader('Refresh', `0; url=${location}`)
    sendPage(request, response, page)
  } else {
    redirect(request, response, location)
  }
}

/** Whether a policy of this app limits forms and does not name the place; in doubt the page is right as well. */
function forbidsForm(response: HttpResponse, location: string): boolean {
  const policies = [response.getHeader('content-security-policy') ?? []].flat().join(',')
  const directives = policies
    .toLowerCase()
    .split(/[;,]/)
    .filter((directive) => /^\s*form-action\s/.test(directive))
  return directives.some((directive) => !directive.split(/\s+/).includes(new URL(location).origin))
}
