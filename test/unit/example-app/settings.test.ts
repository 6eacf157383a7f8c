// The example app's settings: what the environment means, and the one line that each wrong variable gets.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Settings {
  readonly port: number
  readonly host: string
  readonly isSecretForOneStart: boolean
  readonly trustProxy: boolean | number | string
  readonly sessionSecret: string
  readonly usesDemoProvider: boolean
  readonly redisUrl: string | undefined
  readonly databaseUrl: string | undefined
  readonly resourceUrl: string | undefined
  readonly options: Readonly<Record<string, unknown>>
  readonly moreOptions: Readonly<Record<string, unknown>>
}

// The example app is plain JavaScript, which this project of TypeScript files does not compile: hence the imports by URL.
const exampleApp = new URL('../../../example-app/', import.meta.url)
const { readSettings }: { readSettings(environment: Record<string, string>): Settings } = await import(
  new URL('settings.js', exampleApp).href
)
const { checkOptions }: { checkOptions(settings: Settings): void } = await import(
  new URL('options.js', exampleApp).href
)

const issuer = 'https://id.example.com'
const client = { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'orders' }

function refusalOf(environment: Record<string, string>): string {
  try {
    checkOptions(readSettings(environment))
  } catch (error) {
    if (error instanceof Error && error.name === 'SettingsError') return error.message
    throw error
  }
  return 'accepted'
}

describe('readSettings', () => {
  it('uses the demo provider and http://localhost:3000 when nothing is set', () => {
    const settings = readSettings({})
    expect(settings).toMatchObject({ port: 3000, trustProxy: false, usesDemoProvider: true, moreOptions: {} })
    expect(settings.options).toMatchObject({
      baseUrl: 'http://localhost:3000',
      scope: 'openid profile email',
      userinfo: true,
    })
  })

  it('takes an empty variable for one that is not set', () => {
    expect(readSettings({ PORT: '', OIDC_ISSUER: '', REDIS_URL: '', DATABASE_URL: '', OIDC_UNKNOWN: '' }).port).toBe(
      3000,
    )
  })

  it('leaves the variables of other programs alone', () => {
    expect(refusalOf({ PATH: '/bin', NODE_ENV: 'test', HOME: '/root' })).toBe('accepted')
  })

  it('listens on loopback unless HOST says otherwise, also with a real provider', () => {
    expect(readSettings({}).host).toBe('127.0.0.1')
    expect(readSettings(client).host).toBe('127.0.0.1')
    expect(readSettings({ ...client, HOST: '' }).host).toBe('127.0.0.1')
  })

  it.each(['0.0.0.0', '::', '::1', '10.0.0.5', 'localhost', 'app-1.internal'])('listens on HOST=%s', (host) => {
    expect(readSettings({ HOST: host }).host).toBe(host)
  })

  it('knows whether the session secret outlives a start', () => {
    const secret = 'a secret that both processes have'
    expect(readSettings({ SESSION_SECRET: secret }).isSecretForOneStart).toBe(false)
    expect(readSettings({}).isSecretForOneStart).toBe(true)
  })

  it('follows PORT in the default of BASE_URL', () => {
    expect(readSettings({ PORT: '8080' })).toMatchObject({ port: 8080, options: { baseUrl: 'http://localhost:8080' } })
  })

  it('makes a new session secret for each start when none is given', () => {
    const secrets = [readSettings({}).sessionSecret, readSettings({}).sessionSecret]
    expect(new Set(secrets).size).toBe(2)
    expect(readSettings({}).sessionSecret.length).toBeGreaterThanOrEqual(32)
  })

  it('hands a configured provider and client on to the middleware', () => {
    const settings = readSettings({ ...client, OIDC_CLIENT_SECRET: 'confidential', OIDC_SCOPE: 'openid' })
    expect(settings.usesDemoProvider).toBe(false)
    expect(settings.options).toMatchObject({
      provider: { issuer, allowInsecureRequests: false },
      clientId: 'orders',
      clientSecret: 'confidential',
      scope: 'openid',
    })
  })

  it('needs no demo provider when RP_OPTIONS names one', () => {
    const moreOptions = { provider: { issuer }, clientId: 'orders' }
    const settings = readSettings({ RP_OPTIONS: JSON.stringify(moreOptions) })
    expect(settings).toMatchObject({ usesDemoProvider: false, moreOptions })
  })

  it.each(['http://localhost:4000', 'http://127.0.0.1:4000', 'http://[::1]:4000'])(
    'accepts the issuer %s, which is on loopback, without OIDC_ALLOW_INSECURE',
    (loopback) => {
      expect(refusalOf({ ...client, OIDC_ISSUER: loopback })).toBe('accepted')
    },
  )

  it('accepts a scope without openid, which is plain OAuth 2.0', () => {
    expect(refusalOf({ ...client, OIDC_SCOPE: 'profile' })).toBe('accepted')
    expect(readSettings({ ...client, OIDC_SCOPE: 'profile' }).options).toMatchObject({ scope: 'profile' })
  })

  it('asks with OIDC_SCOPE also at a preset', () => {
    const settings = readSettings({ OIDC_PRESET: 'google', OIDC_CLIENT_ID: 'orders', OIDC_SCOPE: 'openid email' })
    expect(settings.options).toMatchObject({ scope: 'openid email' })
  })

  it('accepts any http issuer with OIDC_ALLOW_INSECURE=1', () => {
    expect(refusalOf({ ...client, OIDC_ISSUER: 'http://id.example.com', OIDC_ALLOW_INSECURE: '1' })).toBe('accepted')
  })

  it.each([
    ['true', true],
    ['false', false],
    ['1', 1],
    ['loopback', 'loopback'],
    ['loopback, 10.0.0.0/8', 'loopback, 10.0.0.0/8'],
  ])('reads TRUST_PROXY=%s as Express understands it', (text, value) => {
    expect(readSettings({ TRUST_PROXY: text }).trustProxy).toBe(value)
  })
})

describe('the servers of the example app', () => {
  it('keeps sessions in this process when none is set', () => {
    expect(readSettings({})).toMatchObject({ redisUrl: undefined, databaseUrl: undefined, resourceUrl: undefined })
  })

  it.each(['redis://localhost', 'rediss://app:p%40ss@redis.example.com:6380/2'])('takes %s for Redis', (url) => {
    expect(readSettings({ REDIS_URL: url }).redisUrl).toBe(url)
  })

  it.each(['postgres://app@localhost/app', 'postgresql://app:p%40ss@db.example.com:5433/app?sslmode=verify-full'])(
    'takes %s for PostgreSQL',
    (url) => {
      expect(readSettings({ DATABASE_URL: url }).databaseUrl).toBe(url)
    },
  )

  it('lets tokens go to the origin of RESOURCE_URL, and to no other', () => {
    const environment = { RESOURCE_URL: 'https://api.example.com:8443/orders?open=1' }
    const { resourceUrl, options } = readSettings(environment)
    expect(resourceUrl).toBe(environment.RESOURCE_URL)
    expect(options).toMatchObject({ apiOrigins: ['https://api.example.com:8443'] })
    expect(refusalOf(environment)).toBe('accepted')
    expect(readSettings({}).options).not.toHaveProperty('apiOrigins')
  })
})

describe('a wrong setting', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a PORT that is no number', { PORT: 'http' }, 'PORT must be a whole number from 1 to 65535.'],
    ['a PORT that is too high', { PORT: '65536' }, 'PORT must be a whole number from 1 to 65535.'],
    ['a PORT of 0', { PORT: '0' }, 'PORT must be a whole number from 1 to 65535.'],
    [
      'a HOST with a port',
      { HOST: 'localhost:3000' },
      'HOST must be an IP address or host name of this machine, such as 127.0.0.1 or 0.0.0.0.',
    ],
    [
      'a HOST that is a URL',
      { HOST: 'http://localhost' },
      'HOST must be an IP address or host name of this machine, such as 127.0.0.1 or 0.0.0.0.',
    ],
    [
      'a BASE_URL that is no URL',
      { BASE_URL: 'localhost:3000' },
      'BASE_URL must be an absolute URL that starts with https:// or http://.',
    ],
    [
      'a BASE_URL with a query',
      { BASE_URL: 'https://app.example.com/?a=b' },
      'BASE_URL must have no query, fragment, user name or white space.',
    ],
    [
      'an OIDC_ISSUER that is no URL',
      { ...client, OIDC_ISSUER: 'id.example.com' },
      'OIDC_ISSUER must be an absolute URL that starts with https:// or http://.',
    ],
    [
      'an OIDC_ISSUER without OIDC_CLIENT_ID',
      { OIDC_ISSUER: issuer },
      'OIDC_ISSUER needs OIDC_CLIENT_ID: set that too, or remove OIDC_ISSUER.',
    ],
    [
      'an OIDC_CLIENT_ID without OIDC_ISSUER',
      { OIDC_CLIENT_ID: 'orders' },
      'OIDC_CLIENT_ID needs OIDC_ISSUER: set that too, or remove OIDC_CLIENT_ID.',
    ],
    [
      'an OIDC_CLIENT_SECRET without OIDC_CLIENT_ID',
      { OIDC_CLIENT_SECRET: 'confidential' },
      'OIDC_CLIENT_SECRET needs OIDC_CLIENT_ID: set that too, or remove OIDC_CLIENT_SECRET.',
    ],
    [
      'an OIDC_PRESET without OIDC_CLIENT_ID',
      { OIDC_PRESET: 'okta' },
      'OIDC_PRESET needs OIDC_CLIENT_ID: set that too, or remove OIDC_PRESET.',
    ],
    [
      'OIDC_PRESET_OPTIONS without OIDC_PRESET',
      { OIDC_PRESET_OPTIONS: '{}' },
      'OIDC_PRESET_OPTIONS needs OIDC_PRESET: set that too, or remove OIDC_PRESET_OPTIONS.',
    ],
    [
      'OIDC_PRESET beside OIDC_ISSUER',
      { ...client, OIDC_PRESET: 'okta' },
      'OIDC_PRESET and OIDC_ISSUER exclude each other: remove one of them.',
    ],
    [
      'an http issuer off loopback',
      { ...client, OIDC_ISSUER: 'http://id.example.com' },
      'OIDC_ISSUER must start with https:// (on a network you trust: set OIDC_ALLOW_INSECURE=1).',
    ],
    [
      'an OIDC_ALLOW_INSECURE that is no switch',
      { OIDC_ALLOW_INSECURE: 'maybe' },
      'OIDC_ALLOW_INSECURE must be 1 (on) or 0 (off).',
    ],
    [
      'a TRUST_PROXY that Express refuses',
      { TRUST_PROXY: 'my-proxy' },
      'TRUST_PROXY must be true, false, a number of proxies, or addresses such as loopback.',
    ],
    [
      'REDIS_URL beside DATABASE_URL',
      { REDIS_URL: 'redis://localhost', DATABASE_URL: 'postgres://localhost' },
      'REDIS_URL and DATABASE_URL exclude each other: remove one of them.',
    ],
    [
      'a REDIS_URL of another kind',
      { REDIS_URL: 'localhost:6379' },
      'REDIS_URL must be a URL that starts with redis:// or rediss://.',
    ],
    [
      'a DATABASE_URL of another kind',
      { DATABASE_URL: 'mysql://localhost/app' },
      'DATABASE_URL must be a URL that starts with postgres:// or postgresql://.',
    ],
    [
      'a RESOURCE_URL that is no URL',
      { RESOURCE_URL: '/orders' },
      'RESOURCE_URL must be an absolute URL that starts with https:// or http://.',
    ],
    [
      'a RESOURCE_URL with a fragment',
      { RESOURCE_URL: 'https://api.example.com/orders?open=1#first' },
      'RESOURCE_URL must have no fragment or white space.',
    ],
    [
      'an RP_OPTIONS that is no JSON',
      { RP_OPTIONS: '{userinfo:false}' },
      'RP_OPTIONS must be a JSON object, such as {"userinfo":false}.',
    ],
    [
      'an RP_OPTIONS that is no object',
      { RP_OPTIONS: '["userinfo"]' },
      'RP_OPTIONS must be a JSON object, such as {"userinfo":false}.',
    ],
    [
      'a misspelt OIDC_ variable',
      { OIDC_ISSUER_URL: issuer },
      'OIDC_ISSUER_URL is not a setting of the example app: did you mean OIDC_ISSUER?',
    ],
    [
      'a misspelt RP_ variable',
      { RP_OPTION: '{}' },
      'RP_OPTION is not a setting of the example app: did you mean RP_OPTIONS?',
    ],
  ])('is refused in one line that names the variable and the fix: %s', (_case, environment, line) => {
    expect(refusalOf(environment)).toBe(line)
  })

  it.each([
    ['okta', '{"domain":"dev-1.okta.com"}', 'https://dev-1.okta.com'],
    ['wso2-identity-server', '{"host":"localhost"}', 'https://localhost:9443/oauth2/token'],
    [
      'PingOne',
      '{"environmentId":"9ad15e9e-3ac6-43f7-a053-d46b87d6c4a7","region":"EU"}',
      'https://auth.pingone.eu/9ad15e9e-3ac6-43f7-a053-d46b87d6c4a7/as',
    ],
  ])('takes the preset %s by its name, however it is written', (name, options, expected) => {
    const given = { OIDC_PRESET: name, OIDC_PRESET_OPTIONS: options, OIDC_CLIENT_ID: 'orders' }
    const settings = readSettings(given)
    expect(settings.options).toMatchObject({ provider: { issuer: expected }, clientId: 'orders' })
    expect(settings.options).not.toHaveProperty('scope')
    expect(refusalOf(given)).toBe('accepted')
  })

  it('names the preset setting that is wrong', () => {
    const preset = { OIDC_PRESET: 'okta', OIDC_CLIENT_ID: 'orders' }
    expect(refusalOf({ ...preset, OIDC_PRESET: 'oktta' })).toMatch(/^OIDC_PRESET must be one of .*okta/)
    expect(refusalOf({ ...preset, OIDC_PRESET_OPTIONS: '{"domain":"dev-1-admin.okta.com"}' })).toMatch(
      /^OIDC_PRESET_OPTIONS was refused: .*okta/,
    )
  })

  it.each([
    ['SESSION_SECRET', { SESSION_SECRET: 'short' }],
    ['BASE_URL', { BASE_URL: 'https://{tenant}.example.com' }],
    ['OIDC_ISSUER', { ...client, OIDC_ISSUER: 'https://{tenant}.example.com' }],
    ['RP_OPTIONS', { RP_OPTIONS: '{"secret":"short"}' }],
    ['RP_OPTIONS', { RP_OPTIONS: '{"provider":{"issuer":"nowhere"},"clientId":"orders"}' }],
    ['RP_OPTIONS', { RP_OPTIONS: '{"clientld":"orders"}' }],
  ])('is named, %s, when it is the library that refuses it', (name, environment) => {
    expect(refusalOf(environment)).toMatch(new RegExp(`^${name} was refused: .*ERR_RP_OPTIONS[^\n]*$`))
  })

  it.each([
    [{ OIDC_CLIENT_SECRET: 'marked-secret' }],
    [{ BASE_URL: 'https://user:marked-secret@app.example.com' }],
    [{ SESSION_SECRET: 'marked-secret' }],
    [{ REDIS_URL: 'http://:marked-secret@localhost' }],
    [{ DATABASE_URL: 'mysql://app:marked-secret@localhost' }],
    [{ REDIS_URL: 'redis://:marked-secret@localhost', DATABASE_URL: 'postgres://app:marked-secret@localhost' }],
    [{ RESOURCE_URL: 'https://user:marked-secret@api.example.com' }],
    [{ RP_OPTIONS: 'marked-secret' }],
    [{ RP_OPTIONS: '{"secret":"marked-secret"}' }],
    [{ RP_OPTIONS: '{"clientSecret":["marked-secret"]}' }],
  ])('is never repeated, because it may be a secret: %j', (environment) => {
    expect(refusalOf(environment)).not.toMatch(/accepted|marked-secret/)
  })
})

describe('.env.example', () => {
  it('has every variable that the example app knows, and no other', () => {
    const text = readFileSync(new URL('../.env.example', exampleApp), 'utf8')
    const names = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name ?? '')
    const refusals = names.map((name) => refusalOf({ [name]: name === 'PORT' ? '80' : '' }))
    expect(new Set(refusals)).toEqual(new Set(['accepted']))
    const source = readFileSync(new URL('variables.js', exampleApp), 'utf8')
    expect(names.toSorted()).toEqual([...source.matchAll(/'([A-Z_]{4,})'/g)].map(([, name]) => name).toSorted())
  })
})
