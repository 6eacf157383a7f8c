// Judges the strength of secrets and addresses: what is refused, and what is only warned about (docs/decisions/0031).
import { isSecureUrl } from './http/secure-url.ts'
import type { Log } from './log.ts'
import type { Options } from './options.ts'
import type { ClientOptions } from './options-client.ts'
import { randomText } from './random.ts'

export const shortestSecret = 16

export const howToMakeSecret = `make one by node -p "crypto.randomBytes(32).toString('base64url')"`

const leastVariety = 5

/** Returns whether a secret is a pattern: random text has more different characters and steps, and repeats no short part. */
export function isGuessable(secret: string): boolean {
  const codes = [...secret].map((character) => Number(character.codePointAt(0)))
  const steps = codes.slice(1).map((code, index) => code - Number(codes[index]))
  return (
    [codes, steps].some((each) => new Set(each).size < leastVariety) ||
    repeatsShortPart(secret) ||
    /change.?me|keyboard.?cat/i.test(secret)
  )
}

/** The last repetition may lack a character: `keyboard cat keyboard cat`. */
function repeatsShortPart(secret: string): boolean {
  const longest = Math.min(shortestSecret - 1, Math.ceil(secret.length / 2))
  return Array.from({ length: longest }, (_, index) => index + 1).some((size) => secret.startsWith(secret.slice(size)))
}

/** Creates a secret that lasts as long as the process, and warns of that. */
export function developmentSecret(log: Log): string {
  const message = '`secret` is missing: a random one is used until the process ends, and a restart signs all users out.'
  log.warnOnce('WARN_RP_SECRET', message)
  return randomText(32)
}

const hashOctets: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }

type MacClient = Pick<ClientOptions, 'clientSecret' | 'clientAuthentication' | 'idTokenSignedResponseAlg'>

/** Returns the options that may make the client secret the key of a MAC, with the octets of the hash; 0 where they do not. */
function macsOf({ clientAuthentication: method, idTokenSignedResponseAlg: alg = 'RS256' }: MacClient) {
  return [
    { option: `idTokenSignedResponseAlg '${alg}'`, octets: hashOctets[alg] ?? 0 },
    {
      option: `clientAuthentication '${method}'`,
      octets: hashOctets[method === 'client_secret_jwt' ? 'HS256' : ''] ?? 0,
    },
  ]
}

/** Refuses keys that anyone who has one signed token can find by trying (OpenID Connect Core 1.0 section 16.19). */
export function macKeyRules(at: string, client: MacClient): [broken: boolean, fault: string][] {
  return macsOf(client).map(({ option, octets }) => [
    isShorter(client, Math.min(octets, shortestSecret)),
    `${at}${option} needs a clientSecret of at least ${shortestSecret} octets: it is the key of the signature`,
  ])
}

/** Warns of a key that is shorter than the hash. */
export function warnOfShortMacKey(log: Log, provider: string, client: MacClient): void {
  for (const { option, octets } of macsOf(client).filter((mac) => isShorter(client, mac.octets))) {
    const message =
      `\`clientSecret\` is the key of \`${option}\` and shorter than its hash: RFC 7518 section 3.2 requires ${octets} ` +
      'octets. Have the provider make a longer secret, or register an algorithm that has a key pair.'
    log.warnOnce('WARN_RP_CLIENT_SECRET', message, { provider })
  }
}

function isShorter({ clientSecret }: MacClient, octets: number): boolean {
  return clientSecret !== undefined && Buffer.byteLength(clientSecret) < octets
}

/** Warns of public addresses without TLS. */
export function warnOfInsecureBaseUrl(log: Log, baseUrl: Options['baseUrl']): void {
  const insecure = [baseUrl].flat().filter((each) => !isSecureUrl(new URL(each)))
  if (insecure.length === 0) return
  const message =
    `\`baseUrl\` has no TLS (${insecure.join(', ')}): anyone on the network can read and use session cookies and ` +
    'authorization codes. Serve the app by https:, change `baseUrl`, and register the new redirect URI.'
  log.warnOnce('WARN_RP_BASE_URL_INSECURE', message)
}
