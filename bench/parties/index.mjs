// The relying parties that are measured, and what the harness has to know of each.

const login = { begins: 'by-link', loginPath: '/login' }

/**
 * `file` is the adapter; `options` reach it. `begins` is how a browser starts a login there (load/login.mjs). `imports` and
 * `packages` are what an app of that kind imports and installs beside express; `floor` is what the others are compared to.
 */
export const parties = [
  {
    ...login,
    name: 'floor',
    label: 'by hand: express-session, openid-client',
    file: 'floor',
    refreshes: true,
    imports: ['openid-client', 'express-session'],
    packages: ['openid-client'],
  },
  {
    ...login,
    name: 'express-relying-party',
    label: 'express-relying-party',
    file: 'express-relying-party',
    refreshes: true,
    imports: ['openid-client', 'express-session', 'express-relying-party'],
    packages: ['express-relying-party'],
  },
  {
    ...login,
    name: 'express-openid-connect',
    label: 'express-openid-connect, with a store',
    file: 'express-openid-connect',
    options: { hasStore: true },
    refreshes: true,
    imports: ['express-openid-connect', 'express-session'],
    packages: ['express-openid-connect'],
  },
  {
    ...login,
    name: 'express-openid-connect-cookie',
    label: 'express-openid-connect, its default cookie',
    file: 'express-openid-connect',
    options: { hasStore: false },
    keepsLoginInCookie: true,
  },
  {
    ...login,
    name: 'passport-openidconnect',
    label: 'passport-openidconnect, without PKCE',
    file: 'passport-openidconnect',
    imports: ['passport', 'passport-openidconnect', 'express-session'],
    packages: ['passport', 'passport-openidconnect'],
  },
  {
    ...login,
    name: 'passport-openid-client',
    label: 'passport + openid-client',
    file: 'passport-openid-client',
    refreshes: true,
    imports: ['passport', 'openid-client/passport', 'express-session'],
    packages: ['passport', 'openid-client'],
  },
  {
    begins: 'by-csrf-form',
    loginPath: '/auth/signin/bench',
    name: 'auth-js',
    label: 'Auth.js (@auth/express)',
    file: 'auth-js',
    keepsLoginInCookie: true,
    imports: ['@auth/express'],
    packages: ['@auth/express'],
  },
]

/** @param {...string} names */
export function partiesNamed(...names) {
  return parties.filter(({ name }) => names.includes(name))
}

export const ours = 'express-relying-party'
