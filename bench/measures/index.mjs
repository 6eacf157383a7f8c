// The measures by name.
import { abandonedLogin } from './abandoned-login.mjs'
import { guardedRequest } from './guarded-request.mjs'
import { installedSize } from './installed-size.mjs'
import { wholeLogin } from './login.mjs'
import { refreshStampede } from './refresh-stampede.mjs'
import { soak } from './soak.mjs'
import { startUp } from './start-up.mjs'
import { tokenSize } from './token-size.mjs'
import { users } from './users.mjs'

export const measures = {
  'guarded-request': guardedRequest,
  'token-size': tokenSize,
  login: wholeLogin,
  'abandoned-login': abandonedLogin,
  users,
  'refresh-stampede': refreshStampede,
  'start-up': startUp,
  'installed-size': installedSize,
  soak,
}
