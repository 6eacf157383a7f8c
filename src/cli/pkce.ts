// The command `pkce`: makes a PKCE pair, as the vendors' generator tools do, or checks one (RFC 7636 section 4).
import { parseArgs } from 'node:util'
import { codeChallenge, createCodeVerifier, isCodeVerifier } from '../protocol/pkce.ts'

/** What a command has to say, and the exit code. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout?: string
  readonly stderr?: string
}

/** EX_USAGE of sysexits.h: the command was called wrongly. */
const usageExitCode = 64

const help = `Usage: express-relying-party pkce [--verifier V [--challenge C]]

Without arguments, prints a new code_verifier and its S256 code_challenge as JSON.
  --verifier V    uses this code_verifier: 43 to 128 characters of A-Z a-z 0-9 - . _ ~
  --challenge C   checks that C belongs to V: { "match": true } and exit code 0, or false and 1
  --help          prints this
`

/** Runs the command. A verifier is a secret: no message repeats it. */
export function pkce(args: readonly string[]): CommandResult {
  const given = parse(args)
  if (typeof given === 'string') return wrongUse(given)
  if (given.has('help')) return { exitCode: 0, stdout: help }
  const codeVerifier = given.get('verifier') ?? createCodeVerifier()
  if (!isCodeVerifier(codeVerifier)) {
    return wrongUse('--verifier must have 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636 section 4.1)')
  }
  const challenge = codeChallenge(codeVerifier)
  if (!given.has('challenge')) {
    const pair = { code_verifier: codeVerifier, code_challenge: challenge, code_challenge_method: 'S256' }
    return { exitCode: 0, stdout: json(pair) }
  }
  const match = given.get('challenge') === challenge
  return { exitCode: match ? 0 : 1, stdout: json({ match }) }
}

/** What the command was called wrongly with, in one line on stderr. */
export function wrongUse(fault: string): CommandResult {
  return { exitCode: usageExitCode, stderr: `express-relying-party: ${fault}; see --help\n` }
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

const options = { verifier: { type: 'string' }, challenge: { type: 'string' }, help: { type: 'boolean' } } as const

/** The options by name, or what is wrong with them. */
function parse(args: readonly string[]): Map<string, string> | string {
  // Not strict: that would refuse `--verifier -x...`, and a verifier or challenge may well begin with a dash.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind !== 'option') return onlyOptions
    const fault = given.has(token.name) ? `--${token.name} is given twice` : faultOf(token)
    if (fault !== undefined) return fault
    given.set(token.name, token.value ?? '')
  }
  if (given.has('challenge') && !given.has('verifier')) return '--challenge needs the --verifier that it belongs to'
  return given
}

const onlyOptions = 'pkce takes the options --verifier, --challenge and --help only'

function faultOf({ name, value }: { readonly name: string; readonly value?: string | undefined }): string | undefined {
  if (!Object.hasOwn(options, name)) return onlyOptions
  if (name === 'help') return value === undefined ? undefined : '--help takes no value'
  return value === undefined ? `--${name} needs a value` : undefined
}
