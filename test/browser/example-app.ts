// The example app in a process of its own, as `npm start` runs it, on a free port.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../example-app/main.js', import.meta.url))
const vendorExample = fileURLToPath(new URL('../../tools/example.mjs', import.meta.url))

/** A running example app. */
export interface ExampleApp {
  readonly url: string
  /** What it printed when it was ready. */
  readonly line: string
  close(): Promise<void>
}

/** Starts it with its demo provider; the environment holds nothing but what is given. */
export async function startExampleApp(environment: Record<string, string> = {}): Promise<ExampleApp> {
  return await start([main], environment)
}

/** Starts it with a vendor's preset against that vendor's simulator, as `npm run example:VENDOR` does. */
export async function startVendorExample(vendor: string): Promise<ExampleApp> {
  return await start([vendorExample, vendor], {})
}

async function start(program: readonly string[], environment: Record<string, string>): Promise<ExampleApp> {
  const port = await freePort()
  const env = { PATH: process.env['PATH'] ?? '', PORT: String(port), ...environment }
  const child = spawn(process.execPath, [...program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await lineOf(child)
  return { url: `http://localhost:${port}`, line, close: () => end(child) }
}

/** The line with which the app says that it serves. */
async function lineOf(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the example app ended with ${code}`)
  })
  return await Promise.race([readLine(child), ended])
}

async function readLine({ stdout }: ChildProcess): Promise<string> {
  let text = ''
  for await (const data of stdout ?? []) {
    text += String(data)
    const line = /^Example app: .*\n/m.exec(text)?.[0]
    if (line !== undefined) return line
  }
  throw new Error(`the example app printed nothing but ${text}`)
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
