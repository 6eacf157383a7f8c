// Mistakes in the set-up that fail no request are told once, at the first page that a browser asks for.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Router } from 'express'
import session, { type CookieOptions } from 'express-session'
import express4 from 'express4'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Options, type RelyingParty, relyingParty } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { keepLogLines } from '../log-lines.ts'
import { type Setup, setups } from '../setups.ts'

type Handler = (request: unknown, response: { end(text: string): void }) => void

/** What the three frameworks have in common, and what Connect has not. */
interface App {
  use(...handlers: unknown[]): unknown
  get(path: unknown, ...handlers: unknown[]): unknown
  post(path: string, ...handlers: unknown[]): unknown
  all(path: string, ...handlers: unknown[]): unknown
}

interface Given {
  readonly setup?: Setup | undefined
  readonly options?: Partial<Options>
  readonly cookie?: CookieOptions
  /** Mounts the middleware, and what else the app has. @defaultValue `app.use(signIn)` */
  readonly build?: (app: App, signIn: RelyingParty, more: (options?: Partial<Options>) => RelyingParty) => void
}

const servers: Server[] = []
const page: Handler = (_request, response) => response.end('a page of the app')

async function start({ setup = setups[0], options, cookie, build = (app, signIn) => app.use(signIn) }: Given = {}) {
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const { lines, logger, codes } = keepLogLines()
  const secret = 'a secret for tests of 32 bytes..'
  const make = (changes?: Partial<Options>) => {
    const provider = { issuer: 'http://127.0.0.1:9' }
    return relyingParty({ provider, clientId: 'orders', baseUrl: url, secret, log: logger, ...options, ...changes })
  }
  const app = setup?.create()
  if (app === undefined) throw new TypeError('no set-up')
  app.use(session({ secret, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax', ...cookie } }))
  const middleware = make()
  build(app as unknown as App, middleware, make)
  app.use(page)
  server.on('request', app)
  const messages = () => lines.map(({ message }) => message)
  return { url, port, codes, messages, get: async (path = '/') => await new TestBrowser().get(url + path) }
}

afterEach(() => {
  vi.unstubAllEnvs()
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

describe.each(setups)('a set-up without a mistake on $name', (setup) => {
  it('is not warned about', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { get, codes } = await start({ setup, options: { baseUrl: 'https://app.example' }, cookie: { secure: true } })
    expect((await get()).text).toBe('a page of the app')
    expect(codes()).toEqual([])
  })
})

describe.each(setups)('relyingParty() twice on $name', (setup) => {
  it('is warned about once when two have the same routes', async () => {
    const build: Given['build'] = (app, signIn, more) => {
      app.use(signIn)
      app.use(more({ clientId: 'another' }))
    }
    const { get, codes, messages } = await start({ setup, build })
    await get()
    await get()
    expect(codes()).toEqual(['WARN_RP_MOUNTED_TWICE'])
    expect(messages()[0]).toContain('the second never gets /login, /callback, ')
  })

  it('is warned about when one is mounted twice', async () => {
    const build: Given['build'] = (app, signIn) => {
      app.use(signIn)
      app.use('/', signIn)
    }
    const { get, codes } = await start({ setup, build })
    await get()
    await get()
    expect(codes()).toEqual(['WARN_RP_MOUNTED_TWICE'])
  })

  it('names the shared routes alone', async () => {
    const build: Given['build'] = (app, signIn, more) => {
      app.use(signIn)
      app.use(more({ routes: { login: '/in', callback: '/cb', logout: '/out', resumePost: '/again' } }))
    }
    const { get, messages } = await start({ setup, build })
    await get()
    expect(messages()[0]).toContain('the second never gets /backchannel-logout, /frontchannel-logout. ')
  })

  it('is no mistake with different routes (docs/decisions/0012)', async () => {
    const routes = { login: '/in', callback: '/cb', logout: '/out', resumePost: '/again' }
    const others = { ...routes, backchannelLogout: false, frontchannelLogout: false } as const
    const build: Given['build'] = (app, signIn, more) => {
      app.use(signIn)
      app.use(more({ routes: others }))
    }
    const { get, codes } = await start({ setup, build })
    await get()
    expect(codes()).toEqual([])
  })

  it('is no mistake below different paths', async () => {
    const build: Given['build'] = (app, signIn, more) => {
      app.use(signIn)
      app.use('/shop', more({ baseUrl: 'http://127.0.0.1:9/shop' }))
      app.use('/blog', more({ baseUrl: 'http://127.0.0.1:9/blog' }))
    }
    const { get, codes } = await start({ setup, build, options: { baseUrl: 'https://app.example' } })
    await get()
    await get('/shop')
    await get('/blog')
    expect(codes()).not.toContain('WARN_RP_MOUNTED_TWICE')
  })
})

const [onExpress5, onExpress4, onConnect] = setups
const routers = [
  { setup: onExpress5, createRouter: Router, name: 'Express 5' },
  { setup: onExpress4, createRouter: express4.Router, name: 'Express 4' },
]

describe.each(routers)("the app's own route at the path of one of ours on $name", ({ setup, createRouter }) => {
  it('is warned about once, with the option that moves ours, when it comes after the middleware', async () => {
    const build: Given['build'] = (app, signIn) => {
      app.use(signIn)
      app.get('/login', page)
    }
    const { get, codes, messages } = await start({ setup, build })
    await get()
    await get()
    expect(codes()).toEqual(['WARN_RP_ROUTE_TAKEN'])
    expect(messages()[0]).toContain('GET /login')
    expect(messages()[0]).toContain('relyingParty() comes first, so it never gets these requests')
    expect(messages()[0]).toContain('`routes.login`')
  })

  it.each([
    ['callback', '/callback'],
    ['logout', '/logout'],
    ['frontchannelLogout', '/frontchannel-logout'],
  ])('is warned about at routes.%s', async (option, path) => {
    const build: Given['build'] = (app, signIn) => {
      app.use(signIn)
      app.all(path, page)
    }
    const { get, codes, messages } = await start({ setup, build })
    await get()
    expect(codes()).toEqual(['WARN_RP_ROUTE_TAKEN'])
    expect(messages()[0]).toContain(`\`routes.${option}\``)
  })

  it('is warned about at a POST of ours', async () => {
    const build: Given['build'] = (app, signIn) => {
      app.use(signIn)
      app.post('/logout', page)
    }
    const { get, messages } = await start({ setup, build })
    await get()
    expect(messages()).toEqual([expect.stringContaining('POST /logout')])
  })

  it('is warned about in a router at the root', async () => {
    const router = createRouter() as unknown as App
    router.get('/login', page)
    const build: Given['build'] = (app, signIn) => {
      app.use(signIn)
      app.use('/', router)
    }
    const { get, codes } = await start({ setup, build })
    await get()
    expect(codes()).toEqual(['WARN_RP_ROUTE_TAKEN'])
  })

  it('is warned about in the router that holds the middleware', async () => {
    const build: Given['build'] = (app, signIn) => {
      const shop = createRouter() as unknown as App
      shop.use(signIn)
      shop.get('/login', page)
      app.use('/shop', shop)
    }
    const { get, codes } = await start({ setup, build, options: { baseUrl: 'https://app.example/shop' } })
    await get('/shop/orders')
    expect(codes()).toEqual(['WARN_RP_ROUTE_TAKEN'])
  })

  it.each([
    ['is warned about', 'below the path that the middleware is mounted at', '/shop/login', 1],
    ['is no mistake', 'beside the path that the middleware is mounted at', '/login', 0],
  ])('%s %s', async (_verdict, _what, path, count) => {
    const build: Given['build'] = (app, signIn) => {
      app.use('/shop', signIn)
      app.get(path, page)
    }
    const { get, codes } = await start({ setup, build, options: { baseUrl: 'https://app.example/shop' } })
    await get('/shop/orders')
    expect(codes().filter((code) => code === 'WARN_RP_ROUTE_TAKEN')).toHaveLength(count)
  })

  it('is no mistake in a router that mounts the middleware below a path', async () => {
    const build: Given['build'] = (app, signIn) => {
      const shop = createRouter() as unknown as App
      shop.use('/members', signIn)
      shop.get('/login', page)
      app.use('/shop', shop)
    }
    const { get, codes } = await start({ setup, build, options: { baseUrl: 'https://app.example/shop/members' } })
    await get('/shop/members/orders')
    expect(codes()).toEqual([])
  })

  it('is warned about with the callback of one of several providers', async () => {
    const providers = { a: { issuer: 'http://127.0.0.1:9' }, b: { issuer: 'http://127.0.0.1:8' } }
    const build: Given['build'] = (app, signIn) => {
      app.use(signIn)
      app.get('/callback/b', page)
    }
    const { get, messages } = await start({ setup, build, options: { provider: undefined, providers } })
    await get()
    expect(messages()).toEqual([expect.stringMatching(/GET \/callback\/b\b.*`routes\.callback`/)])
  })

  it('is warned about when it comes before the middleware and passes no request on', async () => {
    const build: Given['build'] = (app, signIn) => {
      app.get('/login', page)
      app.use(signIn)
    }
    const { get, codes, messages } = await start({ setup, build })
    await get()
    expect(codes()).toEqual(['WARN_RP_ROUTE_TAKEN'])
    expect(messages()[0]).toContain('it comes first, so relyingParty() never gets these requests')
  })

  it('is no mistake before the middleware when it may pass requests on, as a rate limit does', async () => {
    const limit = (_request: unknown, _response: unknown, next: () => void) => next()
    const build: Given['build'] = (app, signIn) => {
      app.get('/login', limit)
      app.use(signIn)
    }
    const { get, codes } = await start({ setup, build })
    await get()
    expect(codes()).toEqual([])
  })

  it.each<[string, NonNullable<Given['build']>, Partial<Options>?]>([
    ['with another method', (app) => app.post('/login', page)],
    ['with another path', (app) => app.get('/login/help', page)],
    ['with a pattern', (app) => app.get(/.*/, page)],
    ['that ours was moved away from', (app) => app.get('/login', page), { routes: { login: '/sign-in' } }],
    ['that is switched off here', (app) => app.get('/login', page), { routes: { login: false } }],
    ['that is the start page and the callback', (app) => app.get('/', page), { routes: { callback: '' } }],
    ['below a path', (app) => app.use('/blog', Object.assign(createRouter()).get('/login', page))],
  ])('is no mistake %s', async (_what, more, options = {}) => {
    const build: Given['build'] = (app, signIn, make) => {
      app.use(signIn)
      more(app, signIn, make)
    }
    const { get, codes } = await start({ setup, build, options })
    await get()
    expect(codes()).toEqual([])
  })

  it('is not looked for where the middleware is wrapped', async () => {
    const build: Given['build'] = (app, signIn) => {
      app.use((...parameters: Parameters<RelyingParty>) => signIn(...parameters))
      app.get('/login', page)
    }
    const { get, codes } = await start({ setup, build })
    expect((await get()).status).toBe(200)
    expect(codes()).toEqual([])
  })
})

describe('a framework whose router looks otherwise', () => {
  it.each<[what: string, app: unknown]>([
    ['no app', undefined],
    ['an app without a router', () => undefined],
    ['a router without a stack', { router: {} }],
    ['layers of nothing', { router: { stack: [null, undefined, 5, 'x', { route: null }, { route: { path: 5 } }] } }],
  ])('serves its pages and is not warned about: %s', async (_what, app) => {
    const build: Given['build'] = (own, signIn) => {
      own.use((request: { app?: unknown }, _response: unknown, next: () => void) => {
        request.app = app
        next()
      })
      own.use(signIn)
    }
    const { get, codes } = await start({ setup: onConnect, build })
    expect((await get()).status).toBe(200)
    expect(codes()).toEqual([])
  })

  it.each([
    ['without the middleware', false],
    ['beside the middleware', true],
  ])('serves its pages where a router is mounted in itself, %s', async (_what, hasMiddleware) => {
    const handle = Object.assign(() => undefined, { stack: [] as unknown[] })
    handle.stack.push({ handle, slash: true })
    const build: Given['build'] = (own, signIn) => {
      own.use((request: { app?: unknown }, _response: unknown, next: () => void) => {
        request.app = { router: { stack: [...(hasMiddleware ? [{ handle: signIn }] : []), ...handle.stack] } }
        next()
      })
      own.use(signIn)
    }
    const { get, codes } = await start({ setup: onConnect, build })
    expect((await get()).status).toBe(200)
    expect(codes()).toEqual([])
  })

  it('is looked at for the first page alone', async () => {
    const looks = vi.fn()
    const build: Given['build'] = (own, signIn) => {
      own.use((request: object, _response: unknown, next: () => void) => {
        Object.defineProperty(request, 'app', { get: looks })
        next()
      })
      own.use(signIn)
    }
    const { url, get } = await start({ setup: onConnect, build })
    await new TestBrowser().get(url, { headers: { accept: '*/*' } })
    expect(looks).not.toHaveBeenCalled()
    await get()
    const { length } = looks.mock.calls
    expect(length).toBeGreaterThan(0)
    await get()
    expect(looks).toHaveBeenCalledTimes(length)
  })
})

describe.each(setups)('a baseUrl on loopback with another port than the app listens on, on $name', (setup) => {
  const options = { baseUrl: 'http://localhost:8080' }

  it('is warned about once, with both ports', async () => {
    const { get, port, codes, messages } = await start({ setup, options })
    await get()
    await get()
    expect(codes()).toEqual(['WARN_RP_BASE_URL_PORT'])
    expect(messages()[0]).toContain('http://localhost:8080')
    expect(messages()[0]).toContain(`port ${port}`)
  })

  it('is warned about without a port, which is 80', async () => {
    const { get, codes } = await start({ setup, options: { baseUrl: 'http://localhost' } })
    await get()
    expect(codes()).toEqual(['WARN_RP_BASE_URL_PORT'])
  })

  it.each<[string, Partial<Options>, Record<string, string>]>([
    ['behind a proxy', options, { 'x-forwarded-for': '127.0.0.1' }],
    ['behind a proxy with the header of RFC 7239', options, { forwarded: 'for=127.0.0.1' }],
    ['at the host of baseUrl, as with the mapped port of a container', options, { host: 'localhost:8080' }],
    ['from a page of baseUrl, as through a development server', options, { referer: 'http://localhost:8080/orders' }],
    ['off loopback', { baseUrl: 'https://app.example:8080' }, {}],
    ['with TLS, which something else ends', { baseUrl: 'https://localhost:8443' }, {}],
    ['by a program, such as a health check', options, { accept: '*/*' }],
  ])('is no mistake %s', async (_what, changes, headers) => {
    const { url, codes } = await start({ setup, options: changes })
    await new TestBrowser().get(url, { headers })
    expect(codes()).toEqual([])
  })

  it('is no mistake with NODE_ENV=production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { get, codes } = await start({ setup, options })
    await get()
    expect(codes()).toEqual([])
  })
})

describe.each(setups)('the session cookie on $name', (setup) => {
  const https = { baseUrl: 'https://app.example' }

  async function warnings(cookie: CookieOptions, options: Partial<Options>, environment = 'production') {
    vi.stubEnv('NODE_ENV', environment)
    const { get, codes, messages } = await start({ setup, cookie, options })
    await get()
    await get()
    return { codes: codes(), text: messages().join() }
  }

  it.each<[string, CookieOptions, string]>([
    ['Secure', { secure: false }, 'sent without TLS (set `secure: true`)'],
    ['HttpOnly', { secure: true, httpOnly: false }, 'scripts can read it (set `httpOnly: true`)'],
    ['SameSite', { secure: true, sameSite: false }, 'other sites send requests with it'],
    ['a limit by SameSite (it is None)', { secure: true, sameSite: 'none' }, 'other sites send requests with it'],
  ])('is warned about once in production without %s', async (_what, cookie, text) => {
    const found = await warnings(cookie, https)
    expect(found.codes).toEqual(['WARN_RP_SESSION_COOKIE'])
    expect(found.text).toContain(text)
  })

  it('is warned about once with all that is wrong', async () => {
    const found = await warnings({ httpOnly: false, secure: false, sameSite: false }, https)
    expect(found.codes).toEqual(['WARN_RP_SESSION_COOKIE'])
    expect(found.text).toMatch(/scripts.*without TLS.*other sites/)
  })

  it('is warned about in development too without HttpOnly, which is never right', async () => {
    const found = await warnings({ httpOnly: false }, https, 'development')
    expect(found.codes).toEqual(['WARN_RP_SESSION_COOKIE'])
  })

  it('is warned about in development too with SameSite=None and without Secure, which browsers drop', async () => {
    const found = await warnings({ sameSite: 'none' }, https, 'development')
    expect(found.text).toContain('browsers drop it')
  })

  it.each<[string, CookieOptions, Partial<Options>, string]>([
    ['without Secure in development', { secure: false }, https, 'development'],
    ['without SameSite in development', { sameSite: false }, https, 'development'],
    [
      'with SameSite=None for form_post',
      { secure: true, sameSite: 'none' },
      { ...https, responseMode: 'form_post' },
      '',
    ],
    ['with SameSite=Strict', { secure: true, sameSite: 'strict' }, https, 'production'],
  ])('is not warned about %s', async (_what, cookie, options, environment) => {
    expect((await warnings(cookie, options, environment || 'production')).codes).toEqual([])
  })

  it('is warned about as insecure with baseUrl alone where that has no TLS', async () => {
    const { codes } = await warnings({ secure: false }, { baseUrl: 'http://intranet.example' })
    expect(codes).toEqual(['WARN_RP_BASE_URL_INSECURE'])
  })
})
