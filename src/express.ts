// Types only: tells TypeScript what the middleware puts on an Express request, beside Passport's types or without.

import type { RequestOidc } from './guards/request-oidc.ts'
import type { RelyingPartyUser } from './guards/user.ts'
import type { AccessToken } from './protocol/access-token.ts'

declare global {
  namespace Express {
    // Merged with Passport's own `User` where that is installed, which is why `user` is declared exactly as there.
    interface User extends RelyingPartyUser {}
    interface Request {
      /** Who is signed in; undefined when nobody is. */
      user?: User | undefined
      /** What this request can do about its login. */
      oidc: RequestOidc
      /** The access token that this request was made with, on routes behind `requireAccessToken()`. */
      accessToken?: AccessToken | undefined
    }
  }
}
