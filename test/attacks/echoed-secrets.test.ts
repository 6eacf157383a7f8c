// V42: a provider, or who stands in its place, that repeats a secret as its `error` does not get it into our messages.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useStage } from './stage.ts'

/** Answers the token request or the refresh with what `repeat` makes of a secret parameter of it. */
function echoing(parameter: string, repeat: (secret: string) => object) {
  const state = { isOn: false, secret: '' }
  const send = async (url: string, init: RequestInit) => {
    const secret = new URLSearchParams(String(init.body ?? '')).get(parameter)
    if (!state.isOn || secret === null) return await fetch(url, init)
    state.secret = secret
    const headers = { 'content-type': 'application/json' }
    return new Response(JSON.stringify(repeat(secret)), { status: 400, headers })
  }
  return { state, send: send as typeof fetch }
}

const repetitions: readonly (readonly [string, (secret: string) => object])[] = [
  ['as error', (secret) => ({ error: secret })],
  ['within error', (secret) => ({ error: `bad token ${secret}` })],
  ['as error_description', (secret) => ({ error: 'invalid_request', error_description: `no such: ${secret}` })],
]

/** Everything that logging an error shows of it. */
function shown(error: unknown): string {
  const { message, stack, error: code, errorDescription } = error as Record<string, string>
  return [message, stack, code, errorDescription, inspect(error, { depth: 9 }), JSON.stringify(error)].join('\n')
}

describe('a secret that the provider repeats', () => {
  const stage = useStage()

  it.each(repetitions)('is in no error of a refresh: the refresh token, %s', async (_where, repeat) => {
    const { state, send } = echoing('refresh_token', repeat)
    const app = await stage.app({ fetch: send })
    const browser = await stage.signIn(app)
    state.isOn = true
    const page = await browser.get(`${app.url}/forced`)
    expect(app.errors).toHaveLength(1)
    expect(state.secret.length).toBeGreaterThan(8)
    expect([shown(app.errors[0]).includes(state.secret), page.text.includes(state.secret)]).toEqual([false, false])
  })

  it.each(
    ['code', 'code_verifier'].flatMap((parameter) =>
      repetitions.map(([where, repeat]) => [parameter, where, repeat] as const),
    ),
  )('is in no error of a sign-in: the %s, %s', async (parameter, _where, repeat) => {
    const { state, send } = echoing(parameter, repeat)
    const app = await stage.app({ fetch: send })
    state.isOn = true
    const page = await new TestBrowser().follow(`${app.url}/orders`)
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_TOKEN_REQUEST' }])
    expect(state.secret.length).toBeGreaterThan(8)
    expect([shown(app.errors[0]).includes(state.secret), page.text.includes(state.secret)]).toEqual([false, false])
  })
})
