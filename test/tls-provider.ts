// The test provider behind TLS: its issuer, token endpoint and keys are https; only the login page stays on http.
import { generateKeyPairSync } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { ProviderOptions } from '../src/index.ts'
import { startTestProvider, type TestProvider, type TestProviderFaults } from '../src/testing/index.ts'
import { createCertificate, toPem } from './simulators/certificate.ts'

/** A test provider whose `issuer` is the https one. */
export interface TlsProvider extends TestProvider {
  /** The option `provider` of an app that signs in here. */
  readonly options: ProviderOptions
}

/** Starts the provider and the TLS server in front of it. */
export async function startTlsProvider(): Promise<TlsProvider> {
  const metadata: Record<string, unknown> = {}
  const provider = await startTestProvider({ metadata })
  const { url, certificate, close } = await startTlsServer((message, response) => forward(provider, message, response))
  Object.assign(metadata, { issuer: url, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks` })
  const issuedHere: TestProviderFaults = {
    authorization: { replace: { iss: url } },
    idToken: { claims: (claims) => ({ ...claims, iss: url }) },
  }
  provider.misbehave(issuedHere)
  return Object.assign(Object.create(provider) as TestProvider, {
    issuer: url,
    options: { issuer: url, ca: certificate },
    behave: () => {
      provider.behave()
      provider.misbehave(issuedHere)
    },
    close: async () => {
      await close()
      await provider.close()
    },
  })
}

type Serve = (message: IncomingMessage, response: ServerResponse) => void

async function startTlsServer(serve: Serve) {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = toPem(createCertificate({ ...pair, hostname: 'localhost' }))
  const server = createServer(
    { key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: certificate },
    serve,
  )
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    certificate,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function forward({ url }: TestProvider, message: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url: path = '/' } = message
  const forwarded = send(new URL(path, url), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  forwarded.on('error', () => response.destroy())
  message.pipe(forwarded)
}
