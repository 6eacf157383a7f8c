// Several processes of an app on Redis: logins, and one refresh request whoever asks and whatever fails meanwhile.
import { describe } from 'vitest'
import {
  endsPersonEverywhere,
  endsSessionEverywhere,
  hearsOfLogoutToken,
  signsInAcrossProcesses,
  staysEndedAfterSlowRequest,
  staysEndedDuringRefresh,
  warnsOnce,
} from './login-cases.ts'
import {
  crossesNoUsers,
  honoursRetryAfter,
  refreshesOnce,
  signsOutWhenTokenIsLost,
  succeedsKilledHolder,
  survivesStoreRestart,
  usesOldTokenAfterError,
  waitsForSlowProvider,
} from './refresh-cases.ts'
import { useStage } from './use-stage.ts'

describe('4 processes on Redis', () => {
  const stage = useStage({ store: 'redis', processes: 4 })

  describe('a login', () => {
    signsInAcrossProcesses(stage)
    endsPersonEverywhere(stage)
    endsSessionEverywhere(stage)
    hearsOfLogoutToken(stage)
    staysEndedDuringRefresh(stage, 'before')
    staysEndedDuringRefresh(stage, 'after')
    staysEndedAfterSlowRequest(stage)
  })

  describe('getAccessToken', () => {
    refreshesOnce(stage)
    waitsForSlowProvider(stage, 3)
    succeedsKilledHolder(stage)
    survivesStoreRestart(stage)
    crossesNoUsers(stage, 50)
    usesOldTokenAfterError(stage)
    honoursRetryAfter(stage)
  })
})

describe('2 processes on Redis: getAccessToken', () => {
  const stage = useStage({ store: 'redis', processes: 2 })
  refreshesOnce(stage)
  waitsForSlowProvider(stage, 7) // longer than the lease of 6 s, which its holder renews
  signsOutWhenTokenIsLost(stage)
})

describe('2 processes on Redis through ioredis: getAccessToken', () => {
  const stage = useStage({ store: 'ioredis', processes: 2 })
  refreshesOnce(stage)
  survivesStoreRestart(stage)
})

// Its operations are not atomic across processes, so what is promised there is about logins, not about refreshes.
describe('2 processes on Redis without the option store: a login', () => {
  const stage = useStage({ store: 'redis-sessions', processes: 2 })
  signsInAcrossProcesses(stage)
  endsPersonEverywhere(stage)
  hearsOfLogoutToken(stage)
  staysEndedAfterSlowRequest(stage)
  warnsOnce(stage, 'WARN_RP_STORE_NOT_ATOMIC')
})
