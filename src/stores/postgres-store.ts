// The store in PostgreSQL, through the app's own pool: one table, and one statement for each operation.
import * as v from 'valibot'
import { RelyingPartyError } from '../errors.ts'
import { requireFactoryCall } from '../factory-call.ts'
import { parseStrictly, type SchemasOf } from '../strict-options.ts'
import { createStatements } from './postgres-statements.ts'
import { retry } from './retry.ts'
import type { Store } from './store.ts'

/** What the store calls of a `Pool` of `pg`. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<PostgresResult>
}

/** What the store reads of an answer of `pg`. */
export interface PostgresResult {
  readonly rows: readonly { readonly key: string; readonly value: string }[]
  readonly rowCount: number | null
}

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /**
   * The table, with its schema if need be (`auth.logins`). ASCII letters, digits and underscores; capitals count.
   * @defaultValue `'relying_party'`
   */
  readonly table?: string | undefined
  /**
   * Whether to create the table when it is not there, at the first use. Several processes may do it at once.
   * @defaultValue `false`
   */
  readonly createTable?: boolean | undefined
}

/** How often expired rows are deleted; until then they only count as absent. */
const sweepSeconds = 600

/**
 * SQLSTATEs of what passes: connection exceptions, the server shuts down or starts, too many connections, and what a
 * transaction at a stricter level than the default may repeat (PostgreSQL, appendix A).
 */
const passingState = /^(08...|57P0[123]|53300|40001|40P01)$/
const undefinedTable = '42P01'

/**
 * Keeps login records in PostgreSQL 12 or newer, for several processes. Takes a `Pool` of `pg`, which stays yours: this
 * does not end it. Give the pool an `error` listener, or a lost connection ends the process.
 *
 * A statement that a broken connection interrupts is sent again for 2 s, so a short restart is not noticed; after 5 s
 * without an answer it is given up. All instants are compared with the clock of the database. Expired rows are deleted
 * every 10 minutes, after a write.
 *
 * @throws RelyingPartyError with `ERR_RP_OPTIONS` when the pool or an option is wrong, such as a `table` that is not a valid table name.
 * @throws (the methods) the error of the pool, when the database refuses or cannot be reached, or one that says how to
 * create the table; the middleware makes it `ERR_RP_STORE`.
 *
 * @example
 * ```ts
 * import { Pool } from 'pg'
 *
 * const pool = new Pool({ connectionString: 'postgres://postgres.example/shop' })
 * pool.on('error', (error) => console.error('PostgreSQL:', error.message))
 *
 * const store = postgresStore(pool, { createTable: true })
 * app.use(relyingParty({ provider, clientId, baseUrl, secret, store }))
 * ```
 */
export function postgresStore(pool: PostgresPool, options?: PostgresStoreOptions): Required<Store>
export function postgresStore(...given: readonly unknown[]): Required<Store> {
  requireFactoryCall({ name: 'postgresStore', example: 'postgresStore(pool)', takes: 2 }, given)
  const pool = requirePool(given[0])
  const { table, createTable } = parseStrictly('postgresStore()', schema, given[1])
  const sql = createStatements(quote(table))
  const ask = (text: string, values?: unknown[]) => retry(() => pool.query(text, values), isPassing)
  const sweep = createSweep(() => pool.query(sql.sweep))

  async function run(text: string, values: unknown[]): Promise<PostgresResult> {
    try {
      return await ask(text, values)
    } catch (error) {
      if (stateOf(error) !== undefinedTable) throw error
      if (!createTable) throw missingTable(table, sql.create, error)
      await ask(sql.createOnce)
      return await ask(text, values)
    }
  }

  async function write(text: string, values: unknown[]): Promise<boolean> {
    const { rowCount } = await run(text, values)
    sweep()
    return rowCount === 1
  }

  async function getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    const { rows } = await run(sql.get, [keys])
    const values = new Map(rows.map(({ key, value }) => [key, value]))
    return keys.map((key) => values.get(key))
  }

  return {
    get: async (key) => (await getMany([key]))[0],
    getMany,
    set: async (key, value, { expiresAt }) => {
      await write(sql.set, [key, value, expiresAt])
    },
    delete: async (key) => {
      await write(sql.delete, [key])
    },
    setIfAbsent: (key, value, { expiresAt }) => write(sql.setIfAbsent, [key, value, expiresAt]),
    replace: (key, value, { expected, expiresAt }) => write(sql.replace, [key, value, expiresAt, expected]),
  }
}

const schema = v.strictObject({
  table: v.optional(v.string(), 'relying_party'),
  createTable: v.optional(v.boolean(), false),
} satisfies SchemasOf<PostgresStoreOptions>)

function requirePool(given: unknown): PostgresPool {
  const { query } = Object(given) as Readonly<Record<string, unknown>>
  if (typeof query === 'function') return given as PostgresPool
  throw new RelyingPartyError('ERR_RP_OPTIONS', { message: 'postgresStore() needs a Pool of pg (with query()).' })
}

/** Deletes beside the app's own work: neither its time nor its failure is the matter of the write before it. */
function createSweep(act: () => Promise<unknown>): () => void {
  let sweepAt = 0
  return () => {
    const now = Date.now() / 1000
    if (now < sweepAt) return
    sweepAt = now + sweepSeconds
    // What failed to be deleted counts as absent all the same, and the next turn deletes it.
    act().catch(() => {})
  }
}

/** The name for SQL. Nothing but the characters of an identifier gets in; 63 is the longest that PostgreSQL keeps. */
function quote(table: string): string {
  const parts = table.split('.')
  if (parts.length > 2 || !parts.every((part) => /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(part))) {
    const message = `${JSON.stringify(table)} is no name of a table: postgresStore takes 'table' or 'schema.table'`
    throw new RelyingPartyError('ERR_RP_OPTIONS', { message })
  }
  return parts.map((part) => `"${part}"`).join('.')
}

function missingTable(table: string, create: string, cause: unknown): Error {
  const message = `there is no table ${table}: give postgresStore createTable: true, or create it by ${create}`
  return new Error(message, { cause })
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // Only the server's own answers have a severity; every other error is the connection's.
  return !('severity' in error) || passingState.test(stateOf(error) ?? '')
}

function stateOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
