import { describe, expect, it } from 'vitest'
import { factsOf } from '../../../src/session/login-record.ts'
import type { Login } from '../../../src/session/login-records.ts'
import { createUnwrittenTokens } from '../../../src/session/unwritten-tokens.ts'
import { newLogin } from './processes.ts'

function loginOf(id: string, version = 1): Login {
  const record = { ...newLogin(), seenAt: 0, tokenVersion: 1, version }
  return { id, sealed: '', facts: factsOf(record), record }
}

const members = { accessToken: 'came' }

describe('createUnwrittenTokens', () => {
  it('keeps what came for a login, until it is written', () => {
    const unwritten = createUnwrittenTokens()
    expect(unwritten.of(loginOf('a'))).toBeUndefined()
    unwritten.put(loginOf('a'), members)
    expect([unwritten.of(loginOf('a')), unwritten.of(loginOf('a'))]).toEqual([members, members])
    unwritten.forget(loginOf('a'))
    expect(unwritten.of(loginOf('a'))).toBeUndefined()
  })

  it('keeps it for that login and that version alone', () => {
    const unwritten = createUnwrittenTokens()
    unwritten.put(loginOf('a', 2), members)
    expect([loginOf('a', 1), loginOf('a', 3), loginOf('b', 2)].map(unwritten.of)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('keeps the newest of a login', () => {
    const unwritten = createUnwrittenTokens()
    unwritten.put(loginOf('a'), members)
    unwritten.put(loginOf('a'), { accessToken: 'newer' })
    expect(unwritten.of(loginOf('a'))).toEqual({ accessToken: 'newer' })
  })

  it('keeps 10000 at most, the oldest goes first', () => {
    const unwritten = createUnwrittenTokens()
    const login = loginOf('')
    for (let index = 0; index <= 10_000; index += 1) unwritten.put({ ...login, id: String(index) }, members)
    const kept = ['0', '1', '10000'].map((id) => unwritten.of({ ...login, id }) !== undefined)
    expect(kept).toEqual([false, true, true])
  })
})
