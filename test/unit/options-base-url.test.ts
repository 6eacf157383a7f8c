import { describe, expect, it } from 'vitest'
import type { Options } from '../../src/options.ts'
import { parseOptions } from '../../src/options-parser.ts'
import type { Settings } from '../../src/options-settings.ts'

function parse(baseUrl: unknown): Settings {
  const required = { provider: { issuer: 'https://id.example' }, clientId: 'orders', secret: 'sixteen characters' }
  return parseOptions({ ...required, baseUrl } as unknown as Options)
}

const samePath = 'the entries of baseUrl must have the same path'
const otherHost = 'the entries of baseUrl must differ by host: the host chooses one of them'

describe('a baseUrl with several entries', () => {
  it('becomes as many addresses, byte for byte but for slashes at the end, of one path', () => {
    const { addresses, basePath, isChosenByHost } = parse(['https://A.example/Shop/', 'http://[::1]:3000/Shop'])
    expect(addresses).toEqual([
      { baseUrl: 'https://A.example/Shop', origin: 'https://a.example', hosts: ['a.example', 'a.example:443'] },
      { baseUrl: 'http://[::1]:3000/Shop', origin: 'http://[::1]:3000', hosts: ['[::1]:3000'] },
    ])
    expect([basePath, isChosenByHost]).toEqual(['/Shop', true])
  })

  it('is chosen from by the host also when there is one entry alone, unlike a text', () => {
    expect(parse(['https://a.example'])).toMatchObject({ isChosenByHost: true })
    expect(parse('https://a.example')).toMatchObject({ isChosenByHost: false })
  })

  it('is frozen', () => {
    const { addresses } = parse(['https://a.example', 'https://b.example'])
    expect([addresses, ...addresses, ...addresses.map(({ hosts }) => hosts)].every(Object.isFrozen)).toBe(true)
  })

  it.each<[unknown, string]>([
    [[], 'baseUrl must not be empty'],
    [['https://a.example', 'b.example'], 'baseUrl.1 must be an http(s) URL'],
    [['https://a.example', 5], 'baseUrl.1 must be string'],
    [['https://a.example?MARK'], 'baseUrl.0 must have no query, fragment or credentials'],
    [5, 'baseUrl must be (string | Array)'],
    [new URL('https://a.example'), 'baseUrl must be (string | Array)'],
    [null, 'baseUrl must be (string | Array)'],
    [['https://a.example/shop', 'https://b.example'], samePath],
    [['https://a.example/shop', 'https://b.example/Shop'], samePath],
    [['https://a.example', 'https://a.example'], otherHost],
    [['https://a.example', 'https://A.example:443/'], otherHost],
    [['https://a.example', 'http://a.example'], otherHost],
    [['https://a.example', 'http://a.example:443'], otherHost],
  ])('refuses %j: %s', (baseUrl, fault) => {
    expect(() => parse(baseUrl)).toThrow(`relyingParty(options): ${fault} (ERR_RP_OPTIONS`)
  })

  it('takes slashes at the end of a path for nothing, and ports of one host for several', () => {
    const { addresses, basePath } = parse(['https://a.example:8443/shop//', 'https://a.example/shop'])
    expect([addresses.length, basePath]).toEqual([2, '/shop'])
  })
})
