// All providers of one middleware, by id.
import type { Settings } from '../options-settings.ts'
import { createProvider, type Provider } from './provider.ts'

/** The providers that were configured; at least one. */
export interface Registry {
  readonly all: readonly Provider[]
  find(id: string): Provider | undefined
  /** The provider that a login is of. */
  of(login: { readonly registration: string }): Provider | undefined
  /** The only one, when there is only one. */
  readonly only: Provider | undefined
}

/** Makes all providers; nothing is asked before the first login. */
export function createRegistry(settings: Settings): Registry {
  const all = settings.providers.map(createProvider)
  return {
    all,
    find: (id) => all.find(({ settings: { id: known } }) => known === id),
    of: (login) => all.find(({ settings: { registration } }) => registration === login.registration),
    only: all.length === 1 ? all[0] : undefined,
  }
}
