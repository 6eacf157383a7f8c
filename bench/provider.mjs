// The stub provider, in a process of its own: no state but the refresh tokens, so that it costs as little as it can.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { accessTokenOf, claimsOf, createCode, readCode, shapes } from './tokens.mjs'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwks = JSON.stringify({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'RS256' }],
})
const header = encode({ alg: 'RS256', typ: 'JWT', kid: 'bench' })

let issuer = ''
let issued = 0
let refreshDelayMilliseconds = 0
/** Refresh tokens that have not been used: each is good once (RFC 9700 section 4.14.2, refresh token rotation). */
const refreshTokens = new Map()
const counts = {}

/** @param {object} value */
function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function idToken({ clientId, sub, shape, nonce, sid, authTime }) {
  const now = Math.floor(Date.now() / 1000)
  const protocol = { iss: issuer, sub, aud: clientId, exp: now + 3600, iat: now, auth_time: authTime, sid, nonce }
  const signed = `${header}.${encode({ ...protocol, ...claimsOf(sub, shapes[shape]) })}`
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
}

function tokens(redeemed) {
  issued += 1
  // A refresh keeps the session at the provider and the time of the authentication (OpenID Connect Core section 12.2).
  const grant = { sid: `sid-${issued}`, authTime: Math.floor(Date.now() / 1000), ...redeemed }
  const shape = shapes[grant.shape]
  const refreshToken = `refresh-${issued}`.padEnd(64, '0')
  refreshTokens.set(refreshToken, {
    ...grant,
    shape: grant.shape === 'expiring' ? 'usual' : grant.shape,
    nonce: undefined,
  })
  return {
    access_token: accessTokenOf(issued, shape),
    token_type: 'Bearer',
    expires_in: shape.lifeSeconds,
    refresh_token: refreshToken,
    scope: 'openid profile email offline_access',
    id_token: idToken(grant),
  }
}

function redeem(form) {
  const grant = readCode(form.get('code') ?? '')
  if (grant.challenge === undefined) return tokens(grant)
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  return challenge === grant.challenge ? tokens(grant) : undefined
}

async function refresh(form) {
  count('refresh')
  if (refreshDelayMilliseconds > 0) await delay(refreshDelayMilliseconds)
  const spent = form.get('refresh_token') ?? ''
  const grant = refreshTokens.get(spent)
  refreshTokens.delete(spent)
  return grant && tokens(grant)
}

/** The load takes this step by itself; a browser may take it here. */
function authorize(request, response) {
  const { searchParams } = new URL(request.url, issuer)
  const code = createCode({
    clientId: searchParams.get('client_id') ?? '',
    sub: 'alice',
    shape: 'usual',
    nonce: searchParams.get('nonce') ?? undefined,
    challenge: searchParams.get('code_challenge') ?? undefined,
  })
  const target = new URL(searchParams.get('redirect_uri') ?? '')
  target.searchParams.set('code', code)
  if (searchParams.has('state')) target.searchParams.set('state', searchParams.get('state') ?? '')
  response.writeHead(302, { location: target.href }).end()
}

async function token(request, response) {
  const form = new URLSearchParams(await bodyOf(request))
  const answer = form.get('grant_type') === 'refresh_token' ? await refresh(form) : redeem(form)
  answer ? sendJson(response, JSON.stringify(answer)) : sendJson(response, '{"error":"invalid_grant"}', 400)
}

const routes = {
  '/.well-known/openid-configuration': (_request, response) => sendJson(response, metadata()),
  '/jwks': (_request, response) => sendJson(response, jwks),
  '/authorize': authorize,
  '/token': token,
  '/userinfo': (_request, response) =>
    sendJson(response, JSON.stringify({ sub: 'alice', ...claimsOf('alice', shapes.usual) })),
  '/revoke': async (request, response) => {
    refreshTokens.delete(new URLSearchParams(await bodyOf(request)).get('token'))
    sendJson(response, '{}')
  },
  '/logout': (_request, response) => sendJson(response, '{}'),
}

function metadata() {
  return JSON.stringify({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
  })
}

async function bodyOf(request) {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  return body
}

function sendJson(response, text, status = 200) {
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text)
}

function count(kind) {
  counts[kind] = (counts[kind] ?? 0) + 1
}

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  const [path] = request.url.split('?', 1)
  count(path)
  const route = routes[path]
  if (route) await route(request, response)
  else response.writeHead(404).end()
})

const orders = {
  counts: () => counts,
  delayRefreshes: ({ milliseconds }) => {
    refreshDelayMilliseconds = milliseconds
  },
}
process.on('message', ({ id, order, ...rest }) => process.send({ id, result: orders[order](rest) }))
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`
  process.send({ ready: issuer })
})
