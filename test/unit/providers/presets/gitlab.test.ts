import { describe, expect, it } from 'vitest'
import { gitlab } from '../../../../src/providers/presets/gitlab.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

describe('gitlab', () => {
  it('is gitlab.com, or the server that is given', () => {
    expect(gitlab().issuer).toBe('https://gitlab.com')
    expect(gitlab({ baseUrl: 'https://git.example.com/gitlab' }).issuer).toBe('https://git.example.com/gitlab')
  })

  it.each([
    [{ baseUrl: '' }, 'baseUrl must not be empty'],
    [{ baseUrl: 'https://gitlab.com/' }, "write 'https://gitlab.com'"],
    [{ baseUrl: 'gitlab.com' }, 'baseUrl must be a URL'],
    [{ baseUrl: 'https://{host}' }, 'baseUrl still holds a placeholder'],
    [{ baseUrl: 'https://gitlab.com/oauth/authorize' }, "must end before /oauth: write 'https://gitlab.com'"],
    [{ baseURL: 'https://gitlab.com' }, 'did you mean baseUrl?'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => gitlab(options as never))).toContain(fault)
  })

  describeMetadata(
    gitlab(),
    {
      issuer: 'https://gitlab.com',
      token_endpoint: 'https://gitlab.com/oauth/token',
      code_challenge_methods_supported: ['plain', 'S256'],
    },
    { name: 'gitlab' },
  )
})
