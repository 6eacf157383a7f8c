// The example app in a process of its own, as `npm start` runs it, on a free port.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../example-app/main.js', import.meta.url))
const vendorExample = fileURLToPath(new URL('../../tools/example.mjs', import.meta.url))

type Environment = Readonly<Record<string, string>>

/** A running example app. */
export interface ExampleApp {
  readonly url: string
  /** The last line that it printed when it was ready. */
  readonly line: string
  /** Everything that it printed until then. */
  readonly printed: string
  /** What it has printed on stderr so far. */
  stderr(): string
  close(): Promise<void>
}

/** How a program ended. */
export interface Ending {
  readonly code: number | null
  readonly stderr: string
}

/** Starts it with its demo provider; the environment holds nothing but what is given. */
export async function startExampleApp(environment: Environment = {}): Promise<ExampleApp> {
  return await start([main], environment)
}

/** Starts it with a vendor's preset against that vendor's simulator, as `npm run example:VENDOR` does. */
export async function startVendorExample(vendor: string): Promise<ExampleApp> {
  return await start([vendorExample, vendor], {})
}

/** Starts it with settings that it must refuse. */
export async function failToStart(environment: Environment): Promise<Ending> {
  const child = run([main], environment)
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code, stderr }
}

async function start(program: readonly string[], environment: Environment): Promise<ExampleApp> {
  const port = environment['PORT'] ?? String(await freePort())
  const child = run(program, { PORT: port, ...environment })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr += String(data)
    process.stderr.write(data)
  })
  const printed = await printedBy(child)
  const [line = ''] = /^Example app: .*\n/m.exec(printed) ?? []
  return { url: `http://localhost:${port}`, line, printed, stderr: () => stderr, close: () => end(child) }
}

function run(program: readonly string[], environment: Environment) {
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  return spawn(process.execPath, [...program], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What the app prints, up to the line with which it says that it serves. */
async function printedBy(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the example app ended with ${code}`)
  })
  return await Promise.race([readStart(child), ended])
}

async function readStart({ stdout }: ChildProcess): Promise<string> {
  let printed = ''
  for await (const data of stdout ?? []) {
    printed += String(data)
    if (/^Example app: .*\n/m.test(printed)) return printed
  }
  throw new Error(`the example app printed nothing but ${printed}`)
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
