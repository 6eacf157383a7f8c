import { afterEach, describe, expect, it, vi } from 'vitest'
import { pkce } from '../../../src/cli/pkce.ts'
import { codeChallenge } from '../../../src/protocol/pkce.ts'

const okta = {
  verifier: 'M25iVXpKU3puUjFaYWg3T1NDTDQtcW1ROUY5YXlwalNoc0hhakxifmZHag',
  challenge: 'qjrzSW9gMiUgpUvqgEPE4_-8swvyCtfOVvg55o5S_es',
}

describe('pkce', () => {
  it('prints a new pair, as the generator tools of the vendors do (Okta guide, RFC 7636 section 4)', () => {
    const { exitCode, stdout = '', stderr } = pkce([])
    const printed = JSON.parse(stdout)
    expect(Object.keys(printed)).toEqual(['code_verifier', 'code_challenge', 'code_challenge_method'])
    expect(printed.code_challenge).toBe(codeChallenge(printed.code_verifier))
    expect([printed.code_challenge_method, exitCode, stderr]).toEqual(['S256', 0, undefined])
    expect(JSON.parse(pkce([]).stdout ?? '').code_verifier).not.toBe(printed.code_verifier)
  })

  it("knows the challenge of Okta's verifier (Okta guide, O5)", () => {
    const expected = { code_verifier: okta.verifier, code_challenge: okta.challenge, code_challenge_method: 'S256' }
    expect(JSON.parse(pkce(['--verifier', okta.verifier]).stdout ?? '')).toEqual(expected)
  })

  it('says that a pair belongs together, by exit code as well (RFC 7636 section 4.6)', () => {
    const { exitCode, stdout = '' } = pkce(['--verifier', okta.verifier, '--challenge', okta.challenge])
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, { match: true }])
  })

  it.each([
    ['of another verifier', codeChallenge('a'.repeat(43))],
    ['with padding', `${okta.challenge}=`],
    ['cut short', okta.challenge.slice(0, -1)],
    ['empty', ''],
    ['plain', okta.verifier],
  ])('says that a challenge %s does not belong to the verifier', (_kind, challenge) => {
    const { exitCode, stdout = '' } = pkce(['--verifier', okta.verifier, '--challenge', challenge])
    expect([exitCode, JSON.parse(stdout)]).toEqual([1, { match: false }])
  })

  it.each([43, 58, 72, 128])('takes a verifier of %i characters (RFC 7636 section 4.1)', (length) => {
    expect(pkce(['--verifier', '~'.repeat(length)]).exitCode).toBe(0)
  })

  it('takes a verifier and a challenge that begin with a dash', () => {
    const verifier = `--${'a'.repeat(43)}`
    expect(pkce(['--verifier', verifier, '--challenge', codeChallenge(verifier)]).exitCode).toBe(0)
    expect(pkce([`--verifier=-${'a'.repeat(43)}`]).exitCode).toBe(0)
    expect(pkce(['--verifier', okta.verifier, '--challenge', '-x'])).toMatchObject({ exitCode: 1 })
  })

  it.each([
    ['of 42 characters', ['--verifier', 'a'.repeat(42)]],
    ['of 129 characters', ['--verifier', 'a'.repeat(129)]],
    ['with a plus', ['--verifier', `${'a'.repeat(50)}+`]],
    ['with a letter that is not ASCII', ['--verifier', `${'a'.repeat(50)}\u00e9`]],
    ['that is empty', ['--verifier', '']],
  ])('refuses a verifier %s with EX_USAGE and one line (RFC 7636 section 4.1)', (_kind, args) => {
    const { exitCode, stdout, stderr } = pkce(args)
    expect([exitCode, stdout]).toEqual([64, undefined])
    expect(stderr).toMatch(/^express-relying-party: --verifier must have 43 to 128 characters .+\n$/)
  })

  it.each([
    ['an unknown option', ['--verifer', okta.verifier]],
    ['an unknown option with its value', [`--verifer=${okta.verifier}`]],
    ['an unknown short option', ['-v']],
    ['an argument', [okta.verifier]],
    ['arguments after --', ['--', okta.verifier]],
    ['a verifier without a value', ['--verifier']],
    ['a challenge without a value', ['--verifier', okta.verifier, '--challenge']],
    ['a challenge without a verifier', ['--challenge', okta.challenge]],
    ['a verifier given twice', ['--verifier', okta.verifier, '--verifier', okta.verifier]],
    ['help with a value', ['--help=me']],
    ['an option of the name of a method', ['--toString']],
  ])('refuses %s with EX_USAGE and one line that repeats no secret', (_kind, args) => {
    const { exitCode, stdout, stderr } = pkce(args)
    expect([exitCode, stdout]).toEqual([64, undefined])
    expect(stderr).toMatch(/^express-relying-party: .+\n$/)
    expect(stderr).not.toContain(okta.verifier)
  })

  it('explains itself', () => {
    expect(pkce(['--help'])).toEqual({ exitCode: 0, stdout: expect.stringContaining('--challenge C') })
  })
})

describe('the program', () => {
  const { argv } = process

  afterEach(() => {
    process.argv = argv
    process.exitCode = undefined
    vi.restoreAllMocks()
    vi.resetModules()
  })

  async function run(...args: string[]) {
    const written = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      vi.spyOn(process[name], 'write').mockImplementation((text) => {
        written[name] += text
        return true
      })
    }
    process.argv = [...argv.slice(0, 2), ...args]
    await import('../../../src/cli/main.ts')
    const { exitCode } = process
    vi.restoreAllMocks()
    return { exitCode, ...written }
  }

  it('hands a command its arguments', async () => {
    const { exitCode, stdout, stderr } = await run('pkce', '--verifier', okta.verifier)
    expect(JSON.parse(stdout).code_challenge).toBe(okta.challenge)
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  it('ends with the exit code of the command', async () => {
    expect((await run('pkce', '--verifier', okta.verifier, '--challenge', 'x')).exitCode).toBe(1)
  })

  it.each([[[]], [['unknown']], [['toString']]])('refuses the command %j with EX_USAGE and one line', async (args) => {
    const { exitCode, stdout, stderr } = await run(...args)
    expect([exitCode, stdout]).toEqual([64, ''])
    expect(stderr).toMatch(/^express-relying-party: .+\n$/)
  })

  it('lists its commands', async () => {
    expect(await run('--help')).toEqual({ exitCode: 0, stdout: expect.stringContaining('pkce'), stderr: '' })
  })
})
