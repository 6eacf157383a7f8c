// The example app in a process of its own, as `npm start` runs it, on a free port.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../example-app/main.js', import.meta.url))

/** A running example app. */
export interface ExampleApp {
  readonly url: string
  /** What it printed when it was ready. */
  readonly line: string
  close(): Promise<void>
}

/** Starts it with its demo provider; the environment holds nothing but what is given. */
export async function startExampleApp(environment: Record<string, string> = {}): Promise<ExampleApp> {
  const port = await freePort()
  const env = { PATH: process.env['PATH'] ?? '', PORT: String(port), ...environment }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await firstLine(child)
  return { url: `http://localhost:${port}`, line, close: () => end(child) }
}

async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the example app ended with ${code}`)
  })
  const printed = once(child.stdout ?? child, 'data').then(([data]) => String(data))
  return await Promise.race([printed, ended])
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
