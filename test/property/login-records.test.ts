import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Login, LoginRecords } from '../../src/session/login-records.ts'
import { memoryStore } from '../../src/stores/memory-store.ts'
import type { Store } from '../../src/stores/store.ts'
import {
  issuer,
  newLogin,
  now,
  type Process,
  pass,
  read,
  request,
  startProcess,
  stopClock,
} from '../unit/session/processes.ts'

beforeAll(stopClock)
afterAll(() => {
  vi.useRealTimers()
})

/** A store whose every operation waits for its turn, which fast-check chooses. */
function scheduled(store: Required<Store>, scheduler: fc.Scheduler): Store {
  return {
    get: scheduler.scheduleFunction(store.get),
    set: scheduler.scheduleFunction(store.set),
    delete: scheduler.scheduleFunction(store.delete),
    setIfAbsent: scheduler.scheduleFunction(store.setIfAbsent),
    replace: scheduler.scheduleFunction(store.replace),
    getMany: scheduler.scheduleFunction(store.getMany),
  }
}

/** What requests do to a login that they all read at the same moment. */
const acts = {
  renew: (records: LoginRecords, login: Login, index: number) =>
    records.renew(request, login, { accessToken: `of request ${index}` }),
  see: (records: LoginRecords, { id }: Login) => records.find(request, id),
  delete: (records: LoginRecords, { id }: Login) => records.delete(request, id),
  endLogins: (records: LoginRecords) => records.endLogins(request, { iss: issuer, sub: 'alice' }),
}

type Step = keyof typeof acts

/** Begins a login whose last request is long enough ago to be noted again. */
async function begin({ records }: Process): Promise<Login> {
  const login = await read(records, await records.create(request, newLogin()))
  pass(5000)
  return login
}

const steps = fc.array(fc.constantFrom<Step>('renew', 'renew', 'see', 'see', 'delete', 'endLogins'), {
  minLength: 2,
  maxLength: 6,
})

describe('login records under any interleaving of requests in two processes', () => {
  it('never lose a newer version, never have two of one number, and never come back when they have ended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), steps, async (scheduler, chosen) => {
        const store = memoryStore()
        const quiet = startProcess(store)
        const login = await begin(quiet)
        const processes = [startProcess(scheduled(store, scheduler)), startProcess(scheduled(store, scheduler))]
        const done = chosen.map((step, index) => {
          const { records } = processes[index % 2] ?? quiet
          return acts[step](records, login, index)
        })
        const results = await scheduler.waitFor(Promise.all(done))

        const left = await quiet.records.find(request, login.id)
        expect(left === undefined).toBe(chosen.includes('delete') || chosen.includes('endLogins'))
        const renewed = results.filter((result, index) => chosen[index] === 'renew' && result !== undefined) as Login[]
        const tokens = new Set(renewed.map(({ record }) => `${record.version}: ${record.accessToken}`))
        expect(tokens.size).toBeLessThanOrEqual(1)
        if (left === undefined) return
        expect(left.record.version).toBe(chosen.includes('renew') ? 2 : 1)
        expect(left.record.seenAt).toBe(now())
        if (chosen.includes('renew')) expect([...tokens]).toEqual([`2: ${left.record.accessToken}`])
      }),
      { numRuns: 200 },
    )
  })
})
