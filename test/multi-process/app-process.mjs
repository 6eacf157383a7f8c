// One process of an app that runs in several: the middleware on a shared store, and routes that tests ask. Its parent
// starts it with its settings as JSON, hears of it by messages, and takes it along when it ends. JavaScript, because
// Node 20 runs no TypeScript; it imports the package as it is built, as an app does.
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import express from 'express'
import { errorPage, postgresStore, redisStore, relyingParty, requireAuth } from 'express-relying-party'
import session from 'express-session'

/** @type {import('./app-settings.ts').AppSettings} */
const settings = JSON.parse(process.argv[2] ?? '')

let aheadSeconds = 0
const orders = new EventEmitter()
process.on('message', ({ order, seconds }) => orders.emit(order, seconds))
orders.on('clock', (seconds) => {
  aheadSeconds = seconds
  process.send({ aheadSeconds })
})

/** Connections are lost on purpose here; without a listener that would end the process. */
const ignore = () => {}

async function connectRedis() {
  const { createClient } = await import('redis')
  const { RedisStore } = await import('connect-redis')
  const client = createClient({ url: settings.storeUrl })
  client.on('error', ignore)
  await client.connect()
  return { client, sessions: new RedisStore({ client }), disconnect: () => client.close() }
}

/**
 * Sessions, and what the option `store` gets: undefined for the sessions' own store; and what closes their connections.
 * Each loads only what it needs.
 */
const connect = {
  async redis() {
    const { client, sessions, disconnect } = await connectRedis()
    return { sessions, store: redisStore(client), disconnect }
  },
  async ioredis() {
    const { Redis } = await import('ioredis')
    const client = new Redis(settings.storeUrl)
    client.on('error', ignore)
    const { sessions, disconnect } = await connectRedis()
    return { sessions, store: redisStore(client), disconnect: () => Promise.all([client.quit(), disconnect()]) }
  },
  async postgres() {
    const { default: pg } = await import('pg')
    const { default: postgresSessions } = await import('connect-pg-simple')
    const pool = new pg.Pool({ connectionString: settings.storeUrl })
    pool.on('error', ignore)
    const Sessions = postgresSessions(session)
    const sessions = new Sessions({ pool, pruneSessionInterval: false })
    return { sessions, store: postgresStore(pool, { createTable: true }), disconnect: () => pool.end() }
  },
  async 'redis-sessions'() {
    const { sessions, disconnect } = await connectRedis()
    return { sessions, store: undefined, disconnect }
  },
  async 'postgres-sessions'() {
    const { sessions, disconnect } = await connect.postgres()
    return { sessions, store: undefined, disconnect }
  },
}

const tell = ({ code }) => code.startsWith('WARN_') && process.send({ warning: code })
const { sessions, store, disconnect } = await connect[settings.store]()
const signIn = relyingParty({
  ...settings.options,
  ...(store && { store }),
  clock: () => Date.now() / 1000 + aheadSeconds,
  log: { error: () => {}, warn: tell },
})

const app = express()
app.use((_request, response, next) => {
  response.set('x-process', String(settings.index))
  next()
})
app.use(session({ secret: 'session secret', store: sessions, resave: false, saveUninitialized: false }))
app.use(signIn)

app.get('/me', ({ user, session: { visits } }, response) => {
  response.json({ sub: user?.sub ?? null, sid: user?.claims.sid, visits })
})
app.get('/cart', ({ session }, response) => {
  session.cart = 'a book'
  response.json({})
})
app.get('/orders', requireAuth(), (request, response) => response.json({ sub: request.user.sub }))
app.get('/token', requireAuth(), async (request, response) => {
  process.send({ at: '/token' })
  const accessToken = await request.oidc.getAccessToken()
  // Not the token itself: it has no place in the output of a test run.
  const tokenHash = createHash('sha256').update(accessToken).digest('base64url')
  response.json({ sub: request.user.sub, tokenHash, expiresAt: request.user.expiresAt })
})
app.get('/userinfo', requireAuth(), async (request, response) => response.json(await request.oidc.userinfo()))
/** Changes its session, and saves it only when the test says so. */
app.get('/slow', requireAuth(), async (request, response) => {
  const released = once(orders, 'release')
  process.send({ at: '/slow' })
  await released
  request.session.visits = (request.session.visits ?? 0) + 1
  response.json({ sub: request.user.sub })
})
app.post('/sign-out-everywhere', requireAuth(), async (request, response) => {
  await request.oidc.endLogins()
  response.json({})
})
app.post('/admin/end-logins', async (request, response) => {
  await signIn.endLogins(request.query)
  response.json({})
})

app.use((error, _request, response, next) => {
  response.set('x-error', error.code ?? String(error))
  next(error)
})
app.use(errorPage())

const end = () => process.exit()
process.on('disconnect', end)
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

/** As a deployment ends a process: nothing here forces it, so what is left open keeps it alive. */
process.once('SIGTERM', () => {
  process.send({ at: 'SIGTERM' })
  // The balancer keeps its connections for longer than a test wants to wait.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  server.close(async () => {
    clearInterval(idle)
    await signIn.close()
    await disconnect()
    process.off('disconnect', end)
    process.disconnect()
  })
})
