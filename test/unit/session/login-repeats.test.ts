import { beforeEach, describe, expect, it } from 'vitest'
import { noteRepeat } from '../../../src/session/login-repeats.ts'
import { createSessionFixture, type SessionRequest } from './fake-session.ts'

let request: SessionRequest
beforeEach(async () => {
  request = await createSessionFixture().open()
  request.session.relyingParty = { login: 'an-id' }
})

describe('noteRepeat', () => {
  it('counts the logins for one page within a minute', () => {
    expect([1000, 1020, 1059].map((now) => noteRepeat(request, '/a', now))).toEqual([1, 2, 3])
  })

  it('begins anew after a minute, however short the pauses were', () => {
    expect([1000, 1030, 1060, 1090].map((now) => noteRepeat(request, '/a', now))).toEqual([1, 2, 1, 2])
  })

  it('begins anew for another page', () => {
    expect(['/a', '/a', '/b', '/a'].map((path) => noteRepeat(request, path, 1000))).toEqual([1, 2, 1, 1])
  })

  it('counts nobody who has not been signed in', () => {
    request.session.relyingParty = {}
    expect([noteRepeat(request, '/a', 1000), request.session.relyingParty]).toEqual([0, {}])
  })
})
