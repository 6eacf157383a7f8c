// What an app process is told when it starts, as JSON.
import type { Options } from 'express-relying-party'

/** Where sessions and login records are; with `-sessions` the records are in the session store as well. */
export type StoreKind = 'redis' | 'ioredis' | 'postgres' | 'redis-sessions' | 'postgres-sessions'

export interface AppSettings {
  /** Which of the processes it is. */
  readonly index: number
  readonly store: StoreKind
  readonly storeUrl: string
  readonly options: Options
}
