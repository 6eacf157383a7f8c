// A Redis server of its own for one test file, on a free port of this machine.
import {
  askPort,
  createServerDirectory,
  findProgram,
  freePort,
  type ServerProcess,
  startServer,
} from './server-process.ts'

export interface RedisServer extends ServerProcess {
  readonly url: string
  readonly port: number
}

/** Starts Redis; a `persistent` one keeps every write over `restart` and `kill`, another one forgets all. */
export async function startRedis({ persistent = false }: { persistent?: boolean } = {}): Promise<RedisServer> {
  const file = findProgram(['redis-server'], 'redis-server')
  const port = await freePort()
  const directory = createServerDirectory(undefined)
  const persistence = persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']
  const server = await startServer({
    name: 'Redis',
    file,
    args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...persistence],
    directory,
    user: undefined,
    stopSignal: 'TERM',
    killSignal: 'KILL',
    probe: async () => {
      const answer = await askPort(port, 'PING\r\n')
      if (!answer.startsWith('+PONG')) throw new Error(answer)
    },
  })
  return { ...server, port, url: `redis://127.0.0.1:${port}` }
}
