// A real server for tests: a process that ends when this one does, however this one ends, and takes its files along.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const startSeconds = 30

/** The user a server runs as, where it must not be root. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** How to run one server. */
export interface ServerCommand {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly directory: string
  readonly user: ServerUser | undefined
  /** The signal that ends it in good order. */
  readonly stopSignal: 'TERM' | 'INT'
  /** The signal that ends it at once, also when the test run dies. */
  readonly killSignal: 'KILL' | 'QUIT'
  /** Resolves when it serves; rejects while it does not yet. */
  probe(): Promise<void>
}

/** A server that runs. */
export interface ServerProcess {
  /** Ends it in good order and starts it on the same port with the same files; starts it when it was killed. */
  restart(): Promise<void>
  /** Ends it as a crash would; its files stay for `restart`. */
  kill(): Promise<void>
  /** Ends it for good and removes its files. */
  stop(): Promise<void>
}

/**
 * Runs the server, and ends it by its process id: at a line `signal keep` on the input, or when the input closes, which
 * the system does when the test run is gone. The server is a child of this shell until then, so no other process can
 * have got its id.
 */
const guardScript = `
directory=$1 defaultSignal=$2
shift 2
"$@" >>"$directory/server.log" 2>&1 &
read -r signal keep
kill -s "\${signal:-$defaultSignal}" $! 2>/dev/null
wait $!
[ "$keep" = keep ] || rm -rf "$directory"
`

/** Starts a server and waits until it serves. */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  let guard: ChildProcess | undefined

  async function start(): Promise<void> {
    guard = spawnGuard(command)
    try {
      await untilServing(command)
    } catch (error) {
      await end('')
      throw error
    }
  }

  async function end(line: string): Promise<void> {
    const ending = guard
    guard = undefined
    if (ending === undefined) return
    ending.ref()
    const exit = once(ending, 'exit')
    ending.stdin?.end(line)
    await exit
  }

  await start()
  return {
    restart: async () => {
      await end(`${command.stopSignal} keep\n`)
      await start()
    },
    kill: () => end(`${command.killSignal} keep\n`),
    stop: async () => {
      await end('')
      rmSync(command.directory, { recursive: true, force: true })
    },
  }
}

/** In a session of its own, so that Ctrl-C in the terminal reaches the server by way of the closed input only. */
function spawnGuard({ file, args, directory, user, killSignal }: ServerCommand): ChildProcess {
  const guard = spawn('sh', ['-c', guardScript, 'guard', directory, killSignal, file, ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: directory,
    detached: true,
    ...user,
  })
  guard.stdin.on('error', () => {})
  guard.unref()
  return guard
}

async function untilServing({ name, directory, probe }: ServerCommand): Promise<void> {
  const giveUpAt = Date.now() + startSeconds * 1000
  for (;;) {
    try {
      await probe()
      return
    } catch (cause) {
      if (Date.now() > giveUpAt) {
        const log = readFileSync(join(directory, 'server.log'), 'utf8').slice(-2000)
        throw new Error(`${name} does not serve after ${startSeconds} s. The end of its log:\n${log}`, { cause })
      }
    }
    await pause(20)
  }
}

/** An empty folder for the server's files. */
export function createServerDirectory(user: ServerUser | undefined): string {
  const directory = mkdtempSync(join(tmpdir(), 'relying-party-server-'))
  if (user !== undefined) chownSync(directory, user.uid, user.gid)
  return directory
}

/**
 * A port that nobody listens at. Below those that systems give to outgoing connections (from 32768), or a client could
 * get the port of a server that restarts, and even connect to itself there.
 */
export async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000)
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return await freePort()
  }
  server.close()
  await once(server, 'close')
  return port
}

/** The first of the files that can be run; the error says what to install. */
export function findProgram(candidates: readonly string[], packageName: string): string {
  const found = candidates.find((file) => spawnSync(file, ['--version'], { stdio: 'ignore' }).status === 0)
  if (found !== undefined) return found
  throw new Error(`These tests need ${candidates.at(-1)}: apt-get install ${packageName}`)
}

/** What the port answers to a line of text. */
export async function askPort(port: number, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')))
    socket.end(line)
    const [answer] = await once(socket, 'data')
    return String(answer)
  } finally {
    socket.destroy()
  }
}
