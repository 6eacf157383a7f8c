// Judges the cookie of the app's session, as the app has configured it.
import type { HttpRequest } from '../http/messages.ts'
import { requireSession, type SessionCookie } from './express-session.ts'

/** What the cookie is judged by. */
export interface CookieUse {
  readonly isProduction: boolean
  /** All public addresses have TLS. */
  readonly hasTls: boolean
  /** Pages of other sites post to the app, as a provider does with `form_post`. */
  readonly takesForeignPosts: boolean
}

/** Returns what is wrong, each with its fix. A session without a visible cookie is not judged. */
export function sessionCookieFaults(request: HttpRequest, use: CookieUse): string[] {
  const { cookie } = requireSession(request) as { readonly cookie?: SessionCookie | null } // other packages have none
  if (!cookie) return []
  const { httpOnly, secure = false, sameSite } = cookie
  const isNone = String(sameSite).toLowerCase() === 'none'
  const isUnlimited = isNone || !sameSite // some browsers treat an absent attribute as None
  const rules: [broken: boolean, fault: string][] = [
    [httpOnly === false, 'scripts can read it (set `httpOnly: true`)'],
    [isNone && !secure, "browsers drop it, because SameSite=None needs Secure (set `sameSite: 'lax'`)"],
    [use.isProduction && use.hasTls && !isNone && !secure, 'it is also sent without TLS (set `secure: true`)'],
    [
      use.isProduction && isUnlimited && !use.takesForeignPosts,
      "pages of other sites send requests with it (set `sameSite: 'lax'`, unless frames of other sites show the app)",
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, fault]) => fault)
}
