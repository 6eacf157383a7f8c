// The example app while its session store is away: an error page that no cache keeps.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MemoryStore } from 'express-session'
import { expect, it, vi } from 'vitest'
import { startTestProvider, TestBrowser } from '../../../src/testing/index.ts'

// The example app is plain JavaScript, which this project of TypeScript files does not compile: hence the import by URL.
const exampleApp = new URL('../../../example-app/', import.meta.url)
const { createApp }: { createApp(settings: object): RequestListener } = await import(new URL('app.js', exampleApp).href)

it('answers a browser that has a session with 500 and Cache-Control: no-store', async () => {
  const provider = await startTestProvider()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const secret = 'a secret for tests of 32 bytes..'
  const sessions = new MemoryStore()
  const options = { provider: { issuer: provider.issuer }, clientId: 'test-client', baseUrl: url, secret }
  server.on('request', createApp({ options, sessionSecret: secret, sessions, trustProxy: false }))
  const browser = new TestBrowser()
  await browser.get(`${url}/login`)

  const log = vi.spyOn(console, 'error').mockReturnValue()
  vi.spyOn(sessions, 'get').mockImplementation((_id, done) => done(new Error('the store is away')))
  const page = await browser.get(url)
  server.close()
  await provider.close()
  expect([page.status, page.headers.get('cache-control')]).toEqual([500, 'no-store'])
  expect(log).toHaveBeenCalledWith(expect.objectContaining({ message: 'the store is away' }))
})
