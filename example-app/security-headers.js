// @ts-check
// The security headers of every page: helmet's defaults, and a stricter rule for styles.
import helmet from 'helmet'

/**
 * @param {string} baseUrl of the site that sends them
 * @param {string[]} [otherFormTargets] other origins at which a form of this site may end, redirects included
 */
export function securityHeaders(baseUrl, otherFormTargets = []) {
  /** @type {Record<string, null | string[]>} */
  const directives = { styleSrc: ["'self'"] }
  // A site on plain http has no https to upgrade to: the browser would look for its style sheet where nobody answers.
  if (baseUrl.startsWith('http:')) directives.upgradeInsecureRequests = null
  if (otherFormTargets.length > 0) directives.formAction = ["'self'", ...otherFormTargets]
  return helmet({ contentSecurityPolicy: { directives } })
}
