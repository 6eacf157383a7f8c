import { describe, expect, it } from 'vitest'
import type { AuthenticationDemand } from '../../../src/errors.ts'
import { isEnough, type StepUp, wasTried, withStepUp } from '../../../src/session/step-up.ts'

const loginAt = 1_000_000
const page = '/page'

function loginOf(claims: Record<string, unknown> = {}, stepUps?: readonly Omit<StepUp, 'page'>[]) {
  const tried = stepUps?.map((stepUp) => ({ ...stepUp, page }))
  return {
    claims: { iss: 'https://id.example', auth_time: loginAt, acr: 'silver', ...claims },
    loginAt,
    stepUps: tried,
  }
}

function at(secondsLater: number, toleranceSeconds = 30) {
  return { now: loginAt + secondsLater, toleranceSeconds }
}

const gold = { acrValues: ['gold'] }
const minute = { maxAgeSeconds: 60 }

describe('isEnough', () => {
  it.each<[what: string, claims: object, demand: AuthenticationDemand, secondsLater: number, expected: boolean]>([
    ['nothing is asked for', {}, {}, 1e9, true],
    ['the acr is one of those asked for', {}, { acrValues: ['gold', 'silver'] }, 0, true],
    ['the acr is another one', {}, gold, 0, false],
    ['the acr is a part of one', { acr: 'go' }, gold, 0, false],
    ['there is no acr', { acr: undefined }, gold, 0, false],
    ['the acr is a list', { acr: ['gold'] }, gold, 0, false],
    ['the age is at the limit and the tolerance', {}, minute, 90, true],
    ['the age is above them', {}, minute, 90.5, false],
    ['there is no auth_time', { auth_time: undefined }, minute, 0, false],
    ['the auth_time is a text', { auth_time: String(loginAt) }, minute, 0, false],
    ['the auth_time is a little ahead, as clocks are', { auth_time: loginAt + 30 }, minute, 0, true],
    ['a refresh made auth_time newer than the login (Core 12.2)', { auth_time: loginAt + 31 }, minute, 31, false],
    ['one of two demands is not met', {}, { ...gold, ...minute }, 0, false],
    ['both demands are met', { acr: 'gold' }, { ...gold, ...minute }, 0, true],
  ])('when %s', (_what, claims, demand, secondsLater, expected) => {
    expect(isEnough(loginOf(claims as Record<string, unknown>), demand, at(secondsLater))).toBe(expected)
  })

  it('gives the way back from the provider 10 seconds where max_age and tolerance are 0', () => {
    expect(isEnough(loginOf(), { maxAgeSeconds: 0 }, at(10, 0))).toBe(true)
    expect(isEnough(loginOf(), { maxAgeSeconds: 0 }, at(10.5, 0))).toBe(false)
  })
})

describe('wasTried', () => {
  const old = { auth_time: loginAt - 3600 }
  const twice = [gold, { acrValues: ['platinum'] }]
  it.each<
    [
      what: string,
      login: ReturnType<typeof loginOf>,
      demand: AuthenticationDemand,
      secondsLater: number,
      expected: boolean,
    ]
  >([
    ['nothing was asked for', loginOf(), gold, 0, false],
    ['the acr was asked for and not delivered', loginOf({}, [gold]), gold, 0, true],
    ['so, long ago', loginOf({}, [gold]), gold, 1e6, true],
    ['so, and more was asked for after it', loginOf({}, twice), gold, 0, true],
    ['another acr was asked for', loginOf({}, [{ acrValues: ['platinum'] }]), gold, 0, false],
    ['another list with it was asked for', loginOf({}, [{ acrValues: ['silver', 'gold'] }]), gold, 0, false],
    ['only max_age was asked for', loginOf({}, [minute]), gold, 0, false],
    ['max_age was asked for and not kept', loginOf(old, [minute]), minute, 0, true],
    ['max_age was asked for and there is no auth_time', loginOf({ auth_time: undefined }, [minute]), minute, 0, true],
    ['max_age was kept, and has passed since', loginOf({}, [minute]), minute, 120, false],
    ['a laxer max_age was asked for', loginOf(old, [{ maxAgeSeconds: 600 }]), minute, 0, false],
    ['a stricter max_age was not kept', loginOf(old, [{ maxAgeSeconds: 0 }]), minute, 0, true],
    [
      'both were delivered, and an API does not see it',
      loginOf({ acr: 'gold' }, [{ ...gold, ...minute }]),
      { ...gold, ...minute },
      5,
      true,
    ],
    ['an API sees max_age pass earlier than we do', loginOf({}, [minute]), minute, 31, false],
    ['the acr is there and an API does not see it', loginOf({ acr: 'gold' }, [gold]), gold, 1e6, true],
  ])('when %s', (_what, login, demand, secondsLater, expected) => {
    expect(wasTried(login, demand, at(secondsLater))).toBe(expected)
  })

  it('is true for anything right after four step-ups of one page', () => {
    const four = ['a', 'b', 'c', 'd'].map((acr) => ({ acrValues: [acr] }))
    expect(wasTried(loginOf({}, four), gold, at(59))).toBe(true)
    expect(wasTried(loginOf({}, four), gold, at(60))).toBe(false)
    expect(wasTried(loginOf({}, four.slice(1)), gold, at(59))).toBe(false)
  })
})

describe('withStepUp', () => {
  const next = { ...gold, page }
  it('keeps what the same page needed just before, so that two of its guards do not take turns', () => {
    expect(withStepUp(loginOf({}, [minute]), next, loginAt + 59)).toEqual([{ ...minute, page }, next])
  })

  it('begins anew for who is signed out, for another page, and later', () => {
    expect(withStepUp(undefined, next, loginAt)).toEqual([next])
    expect(withStepUp(loginOf(), next, loginAt)).toEqual([next])
    expect(withStepUp(loginOf({}, [minute]), { ...gold, page: '/other' }, loginAt)).toHaveLength(1)
    expect(withStepUp(loginOf({}, [minute]), next, loginAt + 60)).toEqual([next])
  })

  it('keeps four at most', () => {
    const login = loginOf({}, [minute, minute, minute, minute])
    expect(withStepUp(login, next, loginAt)).toHaveLength(4)
    expect(withStepUp(login, next, loginAt).at(-1)).toBe(next)
  })
})
