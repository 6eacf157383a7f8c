import { describe, expect, it } from 'vitest'
import { revokeRefreshToken } from '../../../src/protocol/revocation.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

interface Sent {
  readonly url: string
  readonly method: string
  readonly body: string | undefined
  readonly headers: Headers
}

/** Revokes at a provider that answers so; gives the requests that it got. */
async function revoke(answer: Response, metadata: object = { revocation_endpoint: 'https://id.example/revoke' }) {
  const sent: Sent[] = []
  const provider = fakeProvider({
    settings: providerSettingsOf({ clientSecret: 'the-client-secret' }),
    metadata: { ...metadata },
    fetch: async (url, init) => {
      sent.push({ url, ...init })
      return answer
    },
  })
  await revokeRefreshToken(provider, 'the-refresh-token')
  return sent
}

describe('revokeRefreshToken', () => {
  it('posts the token and its type, authenticated as the client (RFC 7009 section 2.1)', async () => {
    const [request, ...more] = await revoke(new Response(null, { status: 200 }))
    expect(more).toEqual([])
    expect(request).toMatchObject({ url: 'https://id.example/revoke', method: 'POST' })
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      token: 'the-refresh-token',
      token_type_hint: 'refresh_token',
    })
    expect(request?.headers.get('authorization')).toMatch(/^Basic /)
  })

  it('asks nobody where the provider announces no revocation_endpoint', async () => {
    expect(await revoke(new Response(null, { status: 500 }), {})).toEqual([])
  })

  it.each([400, 401, 404, 500, 503])(
    'rejects when the provider answers %s, for the caller to decide',
    async (status) => {
      await expect(revoke(Response.json({ error: 'unsupported_token_type' }, { status }))).rejects.toThrow()
    },
  )

  it('rejects when the provider cannot be asked at all', async () => {
    const provider = fakeProvider({ settings: providerSettingsOf() })
    const down = { ...provider, configuration: () => Promise.reject(new Error('down')) }
    await expect(revokeRefreshToken(down, 'the-refresh-token')).rejects.toThrow('down')
  })
})
