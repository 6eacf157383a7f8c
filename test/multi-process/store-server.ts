// The server behind a kind of store: a real one, that keeps what was written when it restarts.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Client } from 'pg'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'
import type { ServerProcess } from '../servers/server-process.ts'
import type { StoreKind } from './app-settings.ts'

export interface StoreServer extends ServerProcess {
  readonly url: string
}

/** Starts Redis, which writes each change to its append-only file, or PostgreSQL with the table of connect-pg-simple. */
export async function startStoreServer(kind: StoreKind): Promise<StoreServer> {
  if (!kind.startsWith('postgres')) return await startRedis({ persistent: true })
  const server = await startPostgres()
  await createSessionTable(server.url)
  return server
}

/** As its documentation says: when several processes let it create its table at once, all but one fail. */
async function createSessionTable(connectionString: string): Promise<void> {
  const table = createRequire(import.meta.url).resolve('connect-pg-simple/table.sql')
  const client = new Client({ connectionString })
  await client.connect()
  await client.query(readFileSync(table, 'utf8'))
  await client.end()
}
