// Which provider a login is for, and the page to choose on where nobody has said it.
import { RelyingPartyError } from '../errors.ts'
import { isTooLong, linkTo } from '../http/own-link.ts'
import type { Page } from '../http/page.ts'
import { loginRouteParameters } from '../options.ts'
import type { AuthorizationParameters } from '../options-client.ts'
import type { Settings } from '../options-settings.ts'
import type { Provider } from '../providers/provider.ts'
import type { Registry } from '../providers/registry.ts'
import { pathCutText } from '../session/lost-login.ts'
import { type Destination, warnOfCutPath } from './arrive.ts'

/** The provider that was named; the only one; or undefined: the person has to choose. */
export function providerOf(registry: Registry, id: string | undefined): Provider | undefined {
  if (id === undefined) return registry.only
  const provider = registry.find(id)
  if (provider !== undefined) return provider
  const known = registry.all.map(({ settings }) => settings.id).join(', ')
  const message = `The login names a provider that is not configured. Known ids: ${known}.`
  throw new RelyingPartyError('ERR_RP_PROVIDER_UNKNOWN', { message })
}

/** What a login was started with. */
export interface Choice {
  readonly destination: Destination
  readonly authorizationParameters: AuthorizationParameters
}

/** The page to choose on; its links carry on what the login was started with. */
export function chooserPage(
  settings: Settings,
  registry: Registry,
  { destination, authorizationParameters }: Choice,
): Page {
  const { basePath, routes, log } = settings
  requireForwarded(settings, authorizationParameters)
  if (routes.login === false) {
    const message =
      'Name the provider: req.oidc.login({ provider }). With routes.login: false there is no page to choose on.'
    throw new RelyingPartyError('ERR_RP_PROVIDER_UNKNOWN', { message })
  }
  const url = basePath + routes.login
  const linksBackTo = (returnTo: string | undefined) =>
    registry.all.map(({ settings: { id, name } }) => ({
      href: linkTo(url, { ...authorizationParameters, return_to: returnTo, provider: id }),
      text: name,
    }))
  const page = { status: 200, title: 'Sign in', text: 'Where do you want to sign in?' }
  const links = linksBackTo(destination.returnTo)
  const isLong = links.some(({ href }) => isTooLong(href))
  if (isLong) warnOfCutPath(log, 'A return path was dropped, because the links that carry it exceed 8,000 octets.')
  if (!isLong && destination.isPathCut !== true) return { ...page, links }
  const text = `${page.text} ${pathCutText} Open its link again when you are signed in.`
  return { ...page, text, links: linksBackTo(undefined) }
}

/** What the login route would ignore must not get lost without a word: it may be a `max_age` that the app counts on. */
function requireForwarded({ forwardLoginParameters }: Settings, parameters: AuthorizationParameters): void {
  const known = [...loginRouteParameters, ...forwardLoginParameters]
  const lost = Object.keys(parameters).filter((name) => !known.includes(name))
  if (lost.length === 0) return
  const message =
    `req.oidc.login({ authorizationParameters }) without a provider: the page to choose on carries ${lost.join(', ')} ` +
    'only with forwardLoginParameters. Name the provider, or add them there.'
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
}
