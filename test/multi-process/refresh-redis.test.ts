// One refresh request, whoever asks and whatever fails meanwhile: several processes on Redis.
import { describe } from 'vitest'
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

describe('getAccessToken in 4 processes on Redis', () => {
  const stage = useStage({ store: 'redis', processes: 4 })
  refreshesOnce(stage)
  waitsForSlowProvider(stage, 3)
  succeedsKilledHolder(stage)
  survivesStoreRestart(stage)
  crossesNoUsers(stage, 50)
  usesOldTokenAfterError(stage)
  honoursRetryAfter(stage)
})

describe('getAccessToken in 2 processes on Redis', () => {
  const stage = useStage({ store: 'redis', processes: 2 })
  refreshesOnce(stage)
  waitsForSlowProvider(stage, 7) // longer than the lease of 6 s, which its holder renews
  signsOutWhenTokenIsLost(stage)
})

describe('getAccessToken in 2 processes on Redis through ioredis', () => {
  const stage = useStage({ store: 'ioredis', processes: 2 })
  refreshesOnce(stage)
  survivesStoreRestart(stage)
})
