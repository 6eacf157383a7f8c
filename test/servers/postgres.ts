// A PostgreSQL server of its own for one test file, on a free port of this machine.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import {
  createServerDirectory,
  findProgram,
  freePort,
  type ServerProcess,
  type ServerUser,
  startServer,
} from './server-process.ts'

export interface PostgresServer extends ServerProcess {
  readonly url: string
  readonly port: number
}

/** Where Debian puts the programs, one folder a version, and none of them on the PATH. */
const debianFolder = '/usr/lib/postgresql'
/** Faster, and only unsafe when the machine itself goes down. */
const quick = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'shared_buffers=16MB']

/** Starts PostgreSQL with an empty database; it keeps its rows over `restart` and `kill`. */
export async function startPostgres(): Promise<PostgresServer> {
  const file = findPostgres()
  const port = await freePort()
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined
  const directory = createServerDirectory(user)
  const data = join(directory, 'data')
  const initdb = [
    '-D',
    data,
    '-U',
    'postgres',
    '-E',
    'UTF8',
    '--locale=C',
    '--auth=trust',
    '--no-sync',
    '--no-instructions',
  ]
  execFileSync(join(dirname(file), 'initdb'), initdb, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'], ...user })
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...quick]
  const server = await startServer({
    name: 'PostgreSQL',
    file,
    args: ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
    directory,
    user,
    stopSignal: 'INT', // fast shutdown: does not wait for clients
    killSignal: 'QUIT', // immediate shutdown: as a crash, but leaves no shared memory behind
    probe: () => probe(url),
  })
  return { ...server, port, url }
}

function findPostgres(): string {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : []
  const newestFirst = versions.sort((one, other) => Number(other) - Number(one))
  const candidates = newestFirst.map((version) => join(debianFolder, version, 'bin', 'postgres'))
  // initdb stands beside the real file, not beside a link to it.
  const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'postgres'))
  const complete = [...candidates, ...onPath].filter((file) => existsSync(join(dirname(file), 'initdb')))
  return findProgram([...complete, 'postgres'], 'postgresql')
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): ServerUser {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (kind: string) => Number(execFileSync('id', [kind, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // There is no such user: the next.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody')
}

async function probe(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    await client.end()
  }
}
