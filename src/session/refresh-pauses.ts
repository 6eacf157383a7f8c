// After a refresh that failed: for a while nobody asks again, however many want to and in however many processes.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options-settings.ts'
import { retryAfterSeconds } from '../providers/failure.ts'
import type { Login } from './login-records.ts'
import type { RecordStore } from './record-store.ts'

/** Begins pauses and heeds them. */
export interface RefreshPauses {
  begin(request: HttpRequest, login: Login, failure: RefreshFailure): Promise<void>
  /** Throws `ERR_RP_REFRESH` during a pause. */
  requireNone(request: HttpRequest, login: Login): Promise<void>
}

/** What went wrong, and how long everybody waited for it. */
export interface RefreshFailure {
  readonly error: unknown
  readonly tookSeconds: number
}

const shortestSeconds = 2
/** A provider that does not answer at all costs those who wait a quarter of their time, not all of it. */
const timesWaited = 3
/** Whatever a provider says in Retry-After. */
const longestSeconds = 3600
/** A provider that is busy spares all logins for so long: one person who is throttled must not stop the others for an hour. */
const longestForAllSeconds = 30

/** Makes the pauses of one middleware. */
export function createRefreshPauses({ clock }: Pick<Settings, 'clock'>, recordStore: RecordStore): RefreshPauses {
  async function pause(request: HttpRequest, name: string, seconds: number): Promise<void> {
    const expiresAt = clock() + seconds
    await recordStore(request).set(keyOf(name), String(expiresAt), { expiresAt })
  }

  return {
    async begin(request, { id, record }, { error, tookSeconds }) {
      const asked = retryAfterSeconds(error, clock())
      const seconds = Math.max(shortestSeconds, asked ?? timesWaited * tookSeconds)
      await pause(request, id, Math.min(seconds, longestSeconds))
      if (asked !== undefined) await pause(request, record.registration, Math.min(asked, longestForAllSeconds))
    },

    async requireNone(request, { id, record }) {
      const instants = await recordStore(request).getMany([keyOf(id), keyOf(record.registration)])
      const until = Math.max(...instants.map((instant) => Number(instant ?? 0)))
      if (clock() < until) throw paused(until - clock())
    },
  }
}

function keyOf(name: string): string {
  return `relying-party:refresh-pause:${name}`
}

function paused(seconds: number): RelyingPartyError {
  const message =
    `The refresh of the access token failed a moment ago and is not tried again for ${Math.ceil(seconds)} s. ` +
    'The error before this one says why.'
  return new RelyingPartyError('ERR_RP_REFRESH', { message })
}
