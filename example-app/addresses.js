// @ts-check
// The public addresses of the app: `baseUrl` is one, or with several hosts a list.

/**
 * @param {Pick<import('express-relying-party').Options, 'baseUrl'>} options
 * @returns {[string, ...string[]]} without slashes at their ends
 */
export function addressesOf({ baseUrl }) {
  const [first = '', ...more] = [baseUrl].flat().map((each) => each.replace(/\/+$/, ''))
  return [first, ...more]
}
