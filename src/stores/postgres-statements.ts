// The SQL of the PostgreSQL store. Every instant is compared with the clock of the database.

/** The statements for one table. */
export interface PostgresStatements {
  /** For people to run. */
  readonly create: string
  /** Creates the table and its index unless they are there, also when several processes do it at once. */
  readonly createOnce: string
  readonly get: string
  readonly set: string
  readonly delete: string
  readonly setIfAbsent: string
  readonly replace: string
  readonly sweep: string
}

/** `table` is quoted already. Parameters are in this order: key, value, expiry (NumericDate), expected value. */
export function createStatements(table: string): PostgresStatements {
  const create = `create table ${table} (key text primary key, value text not null, expires_at timestamptz not null);
create index on ${table} (expires_at);`
  const upsert = `insert into ${table} as held (key, value, expires_at) values ($1, $2, to_timestamp($3))
on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at`
  return {
    create,
    // "if not exists" alone fails when two create at once, and asks for the right to create also when there is a table.
    createOnce: `do $$ begin
perform pg_advisory_xact_lock(hashtext('express-relying-party'));
if to_regclass('${table}') is null then
${create}
end if;
end $$`,
    get: `select key, value from ${table} where key = any($1) and expires_at > now()`,
    set: upsert,
    delete: `delete from ${table} where key = $1`,
    // Both also take the value to write for the one they want: a statement whose answer got lost is sent again.
    setIfAbsent: `${upsert} where held.expires_at <= now() or held.value = excluded.value`,
    replace: `update ${table} set value = $2, expires_at = to_timestamp($3)
where key = $1 and value in ($4, $2) and expires_at > now()`,
    sweep: `delete from ${table} where expires_at <= now()`,
  }
}
