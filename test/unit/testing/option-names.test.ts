// A misspelt option of the test kit fails the test: otherwise the test would pass and test nothing.
import { afterEach, describe, expect, it } from 'vitest'
import { faults, startTestProvider, TestBrowser, type TestProvider } from '../../../src/testing/index.ts'

const started: TestProvider[] = []
afterEach(async () => {
  for (const provider of started.splice(0)) await provider.close()
})

async function start(options?: unknown): Promise<TestProvider> {
  const provider = await startTestProvider(options as never)
  started.push(provider)
  return provider
}

describe('startTestProvider', () => {
  it.each<[options: unknown, said: string]>([
    [{ users: [] }, 'unknown option users: did you mean user?'],
    [{ Port: 1 }, 'did you mean port?'],
    [{ clients: [{ clientID: 'a' }] }, 'startTestProvider() clients: unknown option clientID: did you mean clientId?'],
    [{ idTokenSignedResponseAlg: 'RS255' }, 'must be one of RS256, '],
    [null, 'takes an object'],
    ['http://127.0.0.1', 'takes an object'],
    [[], 'takes an object'],
    [new Map(), 'takes an object'],
    [Promise.resolve({}), 'takes an object'],
  ])('rejects with a TypeError for %j: %s', async (options, said) => {
    const failure: unknown = await start(options).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TypeError)
    expect((failure as TypeError).message).toContain(said)
  })
})

describe('TestProvider', () => {
  it.each<[given: unknown, said: string]>([
    [{ tokens: { status: 503 } }, 'misbehave(): unknown option tokens: did you mean token?'],
    [{ token: { statuss: 503 } }, 'misbehave() token: unknown option statuss: did you mean status?'],
    [{ userinfo: { delay: 5 } }, 'misbehave() userinfo: unknown option delay: did you mean '],
    [{ authorization: { ommit: ['state'] } }, 'did you mean omit?'],
    [{ authorization: { omit: ['stat'] } }, 'misbehave() authorization.omit must be one of code, state, iss'],
    [{ idToken: { claim: {} } }, 'did you mean claims?'],
    [{ idToken: { signature: 'fliped' } }, 'misbehave() idToken.signature must be one of flipped, '],
    [{ token: 503 }, 'misbehave() token takes an object'],
    [{ jwks: null }, 'misbehave() jwks takes an object'],
    [(faults as Record<string, unknown>)['wrongNonse'], 'misbehave() takes an object'],
    [null, 'misbehave() takes an object'],
    ['wrongNonce', 'misbehave() takes an object'],
  ])('throws a TypeError for the fault %j: %s', async (given, said) => {
    const provider = await start()
    expect(() => provider.misbehave(given as never)).toThrow(TypeError)
    expect(() => provider.misbehave(given as never)).toThrow(said)
  })

  it('takes every ready-made fault, and undefined for absent', async () => {
    const provider = await start({ user: undefined, clients: undefined })
    for (const fault of Object.values(faults)) provider.misbehave(fault)
    provider.misbehave({ token: undefined } as never)
  })

  it.each<[options: unknown, said: string]>([
    [{ keepOlt: false }, 'rotateKeys(): unknown option keepOlt: did you mean keepOld?'],
    [false, 'rotateKeys() takes an object'],
  ])('throws a TypeError when the keys are rotated with %j: %s', async (options, said) => {
    const provider = await start()
    expect(() => provider.rotateKeys(options as never)).toThrow(said)
  })
})

describe('TestBrowser', () => {
  it.each<[name: string, act: (browser: TestBrowser) => Promise<unknown>, said: string]>([
    ['get', (browser) => browser.get('http://127.0.0.1', { header: {} } as never), 'did you mean headers?'],
    ['get', (browser) => browser.get('http://127.0.0.1', { until: () => true } as never), 'TestBrowser.get(): unknown'],
    ['post', (browser) => browser.post('http://127.0.0.1', {}, { form: {} } as never), 'did you mean from?'],
    ['follow', (browser) => browser.follow('http://127.0.0.1', { script: false } as never), 'did you mean scripts?'],
    ['follow', (browser) => browser.follow('http://127.0.0.1', null as never), 'TestBrowser.follow() takes an object'],
  ])('rejects with a TypeError when %s() gets an option that it does not know', async (_name, act, said) => {
    const failure: unknown = await act(new TestBrowser()).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TypeError)
    expect((failure as TypeError).message).toContain(said)
  })

  it('takes no arguments when it is made', () => {
    const Browser = TestBrowser as new (...given: unknown[]) => TestBrowser
    expect(() => new Browser({ headers: { accept: 'application/json' } })).toThrow(TypeError)
  })
})
