// What every party is registered with at the stub provider.
export const clientId = 'bench-client'
export const clientSecret = 'bench client secret, not checked'
export const scope = 'openid profile email offline_access'
/** Of the session cookie, and of what a party seals. */
export const secret = 'a secret of the bench, with 32 characters or more'
