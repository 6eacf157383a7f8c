// baseUrl -> our public addresses, and the rules between several of them.
import type { Address, Addresses } from './http/address.ts'
import type { Options } from './options.ts'

/** What the settings have of `baseUrl`. */
export interface BaseUrlSettings extends Addresses {
  /** The path that all have, '' when there is none. */
  readonly basePath: string
}

/** The rules on several addresses: the host chooses, and nothing else may depend on the choice. */
export function baseUrlRules(baseUrl: Options['baseUrl']): (readonly [broken: boolean, fault: string])[] {
  const all = [baseUrl].flat()
  const hosts = all.flatMap((each) => addressAt(each).hosts)
  return [
    [new Set(all.map(pathOf)).size > 1, 'the entries of baseUrl must have the same path'],
    [new Set(hosts).size < hosts.length, 'the entries of baseUrl must differ by host: the host chooses one of them'],
  ]
}

/** Completes a `baseUrl` that keeps the rules. */
export function completeBaseUrl(baseUrl: Options['baseUrl']): BaseUrlSettings {
  const [first = '', ...more] = [baseUrl].flat()
  return {
    addresses: Object.freeze([addressAt(first), ...more.map(addressAt)] as const),
    isChosenByHost: typeof baseUrl !== 'string',
    basePath: pathOf(first),
  }
}

/** By joining strings: nothing but slashes at the end is normalised, because providers compare byte by byte. */
function addressAt(given: string): Address {
  const baseUrl = given.replace(/\/+$/, '')
  const { origin, protocol, host, port } = new URL(baseUrl)
  const withPort = `${host}:${protocol === 'https:' ? 443 : 80}`
  return Object.freeze({ baseUrl, origin, hosts: Object.freeze(port === '' ? [host, withPort] : [host]) })
}

function pathOf(baseUrl: string): string {
  return new URL(baseUrl.replace(/\/+$/, '')).pathname.replace(/\/+$/, '')
}
