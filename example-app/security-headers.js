// @ts-check
// The security headers of every page: helmet's defaults, and a stricter rule for styles.
import helmet from 'helmet'

/**
 * @param {string} baseUrl of the site that sends them
 * @param {string[]} [otherFormTargets] other origins at which a form of this site may end, redirects included
 */
export function securityHeaders(baseUrl, otherFormTargets = []) {
  const formAction = ["'self'", ...otherFormTargets]
  const directives = { styleSrc: ["'self'"], formAction }
  if (baseUrl.startsWith('https:')) return helmet({ contentSecurityPolicy: { directives } })
  return helmet({
    // A site on plain http has no https to upgrade to: the browser would look for its style sheet where nobody answers.
    contentSecurityPolicy: { directives: { ...directives, upgradeInsecureRequests: null } },
    // Over plain http browsers send no Sec-Fetch-Site, and under helmet's `no-referrer` no Origin either: nothing would
    // tell the sign-out button of this site from one on a foreign page.
    referrerPolicy: { policy: 'same-origin' },
  })
}
