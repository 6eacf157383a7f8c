// The mark on a URL that ends silent logins for a browser that keeps no cookies: it would be asked again for ever.
import type { HttpRequest } from './messages.ts'
import { requestQuery } from './request-url.ts'

const [name, value] = ['silent_login', 'lost']

/** The same local path, marked. */
export function withoutSilentLogin(returnTo: string): string {
  const { pathname, search, hash } = new URL(returnTo, 'http://return-to.invalid')
  const separator = search === '' ? '?' : '&'
  return `${pathname}${search}${separator}${name}=${value}${hash}`
}

/** Whether a request came by such a path. */
export function forbidsSilentLogin(request: HttpRequest): boolean {
  return requestQuery(request).getAll(name).includes(value)
}
