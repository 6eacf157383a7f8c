import { describe, expect, it, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import { parseOptions } from '../../../src/options-parser.ts'
import { createRegistry, type Registry } from '../../../src/providers/registry.ts'

const a = { issuer: 'https://a.example' }
const b = { issuer: 'https://b.example' }

function registryOf(changes: Partial<Options>): Registry {
  const required = { clientId: 'orders', baseUrl: 'https://app.example', secret: 'the secret of these tests' }
  return createRegistry(parseOptions({ ...required, ...changes }))
}

describe('createRegistry', () => {
  it('has every provider, in the order of the options', () => {
    const { all } = registryOf({ providers: { b, a } })
    expect(all.map(({ settings }) => settings.id)).toEqual(['b', 'a'])
  })

  it('asks nothing', async () => {
    const fetch = vi.fn(async () => new Response())
    registryOf({ providers: { a, b }, fetch })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(fetch).not.toHaveBeenCalled()
  })

  it('has one alone when there is one, whichever option it came by', () => {
    expect(registryOf({ provider: a }).only?.settings.issuer).toBe(a.issuer)
    expect(registryOf({ providers: { a } }).only?.settings.issuer).toBe(a.issuer)
    expect(registryOf({ providers: { a, b } }).only).toBeUndefined()
  })

  it('finds a provider by its id', () => {
    const { find } = registryOf({ providers: { a, b } })
    expect([find('a'), find('b')].map((found) => found?.settings.issuer)).toEqual([a.issuer, b.issuer])
    expect(registryOf({ provider: a }).find('default')?.settings.issuer).toBe(a.issuer)
  })

  it.each(['', 'c', 'A', 'default', 'constructor', '__proto__', 'length', '0', a.issuer])(
    'finds nothing by the id %j, which nobody has',
    (id) => {
      expect(registryOf({ providers: { a, b } }).find(id)).toBeUndefined()
    },
  )

  it('finds the provider that a login is of by its registration', () => {
    const { all, of } = registryOf({ providers: { a, b } })
    expect(all.map(({ settings: { registration } }) => of({ registration }))).toEqual(all)
    expect([of({ registration: '' }), of({ registration: 'a' })]).toEqual([undefined, undefined])
  })

  it('finds no provider for a login of another configuration (threat V19)', () => {
    const { of } = registryOf({ providers: { a, b } })
    const registrationIn = (changes: Partial<Options>, id: string) =>
      registryOf(changes).find(id)?.settings.registration ?? ''
    for (const registration of [
      registrationIn({ providers: { a: b } }, 'a'),
      registrationIn({ providers: { c: a } }, 'c'),
      registrationIn({ providers: { a: { ...a, clientId: 'another' } } }, 'a'),
      registrationIn({ provider: a }, 'default'),
    ]) {
      expect(registration).toMatch(/./)
      expect(of({ registration })).toBeUndefined()
    }
    expect(of({ registration: registrationIn({ providers: { a } }, 'a') })?.settings.id).toBe('a')
  })

  it('throws ERR_RP_OPTIONS when the key of any provider cannot be read', () => {
    const clientAuthentication = { privateKeyJwt: 'no key' }
    expect(() => registryOf({ providers: { a, b: { ...b, clientAuthentication } } })).toThrow(
      expect.objectContaining({ code: 'ERR_RP_OPTIONS' }),
    )
  })
})
