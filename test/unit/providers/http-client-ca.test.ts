// The option provider.ca: a certificate of the provider's own, trusted beside the public ones and for it alone.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RelyingPartyError } from '../../../src/errors.ts'
import { createHttpClient } from '../../../src/providers/http-client.ts'
import { createCertificate, toPem } from '../../simulators/certificate.ts'
import { providerSettingsOf } from '../settings.ts'

interface Tls {
  readonly key: string
  readonly cert: string
}

let folder: string
let server: Server
let url: string
const own = selfSigned('localhost')
const another = selfSigned('another.example')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rp-ca-'))
  server = createServer(own, (_request, response) => response.end('private'))
  await new Promise<void>((resolve) => server.listen(0, resolve))
  url = `https://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

function selfSigned(hostname: string): Tls {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key, cert: toPem(createCertificate({ privateKey, publicKey, hostname })) }
}

async function written(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

/** Asks the server, by a client of a provider with that ca. */
async function ask(ca: string | undefined): Promise<string> {
  const http = createHttpClient(providerSettingsOf({ provider: { issuer: url, ca }, httpTimeoutSeconds: 5 }))
  return await (await http(`${url}/x`, { method: 'GET', headers: {} })).text()
}

function refusalOf(ca: string): RelyingPartyError {
  try {
    createHttpClient(providerSettingsOf({ provider: { issuer: url, ca } }))
  } catch (error) {
    return error as RelyingPartyError
  }
  throw new Error('nothing was thrown')
}

const selfSignedCode = expect.objectContaining({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })

describe('provider.ca', () => {
  it('is needed: without it a certificate of nobody known is refused', async () => {
    await expect(ask(undefined)).rejects.toEqual(selfSignedCode)
  })

  it('is trusted when it is a PEM', async () => {
    expect(await ask(own.cert)).toBe('private')
  })

  it('is trusted when it is one of several in a PEM', async () => {
    expect(await ask(`# for the test stage\n${another.cert}${own.cert}`)).toBe('private')
  })

  it('is trusted when it is the path of a PEM file', async () => {
    expect(await ask(await written('ca.pem', own.cert))).toBe('private')
  })

  it('is trusted for its provider alone', async () => {
    await ask(own.cert)
    await expect(ask(undefined)).rejects.toEqual(selfSignedCode)
    await expect(ask(another.cert)).rejects.toEqual(selfSignedCode)
  })

  it('does not make a certificate of another host good', async () => {
    const ip = url.replace('localhost', '127.0.0.1')
    const http = createHttpClient(providerSettingsOf({ provider: { issuer: ip, ca: own.cert } }))
    const asked = http(`${ip}/x`, { method: 'GET', headers: {} })
    await expect(asked).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  it('is refused with ERR_RP_OPTIONS at construction, by name, when its file cannot be read', () => {
    for (const path of [join(folder, 'none.pem'), folder]) {
      expect(refusalOf(path)).toMatchObject({
        code: 'ERR_RP_OPTIONS',
        message: expect.stringMatching(/provider\.ca must be a certificate in PEM, or the path of a readable file/),
      })
    }
  })

  it('is read at construction: a file that is gone afterwards is not missed', async () => {
    const path = await written('gone.pem', own.cert)
    const http = createHttpClient(providerSettingsOf({ provider: { issuer: url, ca: path } }))
    await rm(path)
    expect((await http(`${url}/x`, { method: 'GET', headers: {} })).status).toBe(200)
  })

  it('is not shown when it is the private key in the place of the certificate (threat V42)', () => {
    const error = refusalOf(own.key)
    expect(error.code).toBe('ERR_RP_OPTIONS')
    const secret = own.key.split('\n')[1] ?? ''
    expect(inspect(error) + error.message + error.stack).not.toContain(secret)
  })

  it('is refused at construction when its file holds no certificate', async () => {
    const path = await written('not-a-certificate.pem', 'nothing')
    expect(refusalOf(path)).toMatchObject({ code: 'ERR_RP_OPTIONS' })
  })
})
