import { ServerResponse } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { RelyingPartyError, type RelyingPartyErrorCode } from '../../../src/errors.ts'
import { keepAccessTokenFresh } from '../../../src/guards/keep-access-token-fresh.ts'
import type { RequestOidc } from '../../../src/guards/request-oidc.ts'
import { requestOf } from '../exchange.ts'

/** What the guard gives to `next`: one entry a call. */
async function passes(oidc: Partial<RequestOidc> | undefined): Promise<unknown[][]> {
  const request = Object.assign(requestOf(), { oidc })
  const next = vi.fn()
  keepAccessTokenFresh()(request, new ServerResponse(request), next)
  await vi.waitFor(() => expect(next).toHaveBeenCalled())
  await new Promise(setImmediate)
  return next.mock.calls
}

function failing(code: RelyingPartyErrorCode): Partial<RequestOidc> {
  const error = new RelyingPartyError(code, { message: 'x' })
  return { isAuthenticated: true, getAccessToken: () => Promise.reject(error) }
}

describe('keepAccessTokenFresh', () => {
  it('goes on when the token is fresh, and not before', async () => {
    const steps: string[] = []
    const getAccessToken = async () => {
      await new Promise(setImmediate)
      steps.push('fresh')
      return 'token'
    }
    const request = Object.assign(requestOf(), { oidc: { isAuthenticated: true, getAccessToken } })
    await new Promise<void>((resolve) => {
      keepAccessTokenFresh()(request, new ServerResponse(request), () => {
        steps.push('next')
        resolve()
      })
    })
    expect(steps).toEqual(['fresh', 'next'])
  })

  it('calls next once, with nothing', async () => {
    const getAccessToken = vi.fn(async () => 'token')
    expect(await passes({ isAuthenticated: true, getAccessToken })).toEqual([[]])
    expect(getAccessToken.mock.calls).toEqual([[]])
  })

  it('goes on at once for who is not signed in, and gets no token', async () => {
    const getAccessToken = vi.fn()
    expect(await passes({ isAuthenticated: false, getAccessToken })).toEqual([[]])
    expect(getAccessToken).not.toHaveBeenCalled()
  })

  it('gives ERR_RP_NOT_MOUNTED to next when relyingParty() did not run before it', async () => {
    expect(await passes(undefined)).toEqual([[expect.objectContaining({ code: 'ERR_RP_NOT_MOUNTED', status: 500 })]])
  })

  it.each<RelyingPartyErrorCode>([
    'ERR_RP_LOGIN_REQUIRED',
    'ERR_RP_NO_REFRESH_TOKEN',
    'ERR_RP_REFRESH',
    'ERR_RP_DISCOVERY',
    'ERR_RP_KEYS',
  ])('goes on after %s: a provider that is down is no reason to refuse a page', async (code) => {
    expect(await passes(failing(code))).toEqual([[undefined]])
  })

  it('gives ERR_RP_STORE to next: the login is not known any more', async () => {
    expect(await passes(failing('ERR_RP_STORE'))).toEqual([[expect.objectContaining({ code: 'ERR_RP_STORE' })]])
  })

  it('gives an error that is none of ours to next', async () => {
    const error = new RangeError('of the app')
    expect(await passes({ isAuthenticated: true, getAccessToken: () => Promise.reject(error) })).toEqual([[error]])
  })
})
