// A load balancer in front of the app's processes: round-robin; a lost GET is sent to the next process, one whose client has gone is cut off.
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** Sent with a request that has to reach one certain process. */
export const processHeader = 'x-process'

export interface Balancer {
  /** The public URL of the app. */
  readonly url: string
  /** The ports of the processes; a dead one may stay in the list. */
  readonly ports: number[]
  close(): Promise<void>
}

/** Starts it on a free port, with no process behind it yet. */
export async function startBalancer(): Promise<Balancer> {
  const ports: number[] = []
  const agent = new Agent({ keepAlive: true })
  let turn = 0

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(message)
    const pinned = message.headers[processHeader]
    const first = pinned === undefined ? turn++ : Number(pinned)
    const tries = message.method === 'GET' && pinned === undefined ? ports.length : 1
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const answer = await firstAnswer(tries, (attempt) => {
      const port = ports[(first + attempt) % ports.length]
      return forward({ message, body, agent, port: port ?? 0, signal: gone.signal })
    })
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    answer.pipe(response)
    answer.on('error', () => response.destroy())
  }

  const server = createServer((message, response) => {
    serve(message, response).catch(() => (response.headersSent ? response.destroy() : response.writeHead(502).end()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ports,
    async close() {
      agent.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

async function firstAnswer(
  tries: number,
  ask: (attempt: number) => Promise<IncomingMessage>,
): Promise<IncomingMessage> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(attempt)
    } catch (error) {
      if (attempt + 1 >= tries || isAborted(error)) throw error
    }
  }
}

function isAborted(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

interface Forwarded {
  readonly message: IncomingMessage
  readonly body: Buffer
  readonly agent: Agent
  readonly port: number
  readonly signal: AbortSignal
}

function forward({ message, body, agent, port, signal }: Forwarded): Promise<IncomingMessage> {
  const { method, url, headers } = message
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path: url, headers, agent, signal })
    outgoing.once('error', reject)
    outgoing.once('response', resolve)
    outgoing.end(body)
  })
}
