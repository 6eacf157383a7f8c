// One refresh request, whoever asks and whatever fails meanwhile: several processes on PostgreSQL.
import { describe } from 'vitest'
import {
  crossesNoUsers,
  refreshesOnce,
  succeedsKilledHolder,
  survivesStoreRestart,
  waitsForSlowProvider,
} from './refresh-cases.ts'
import { useStage } from './use-stage.ts'

describe('getAccessToken in 4 processes on PostgreSQL', () => {
  const stage = useStage({ store: 'postgres', processes: 4 })
  refreshesOnce(stage)
  waitsForSlowProvider(stage, 3)
  survivesStoreRestart(stage)
  crossesNoUsers(stage, 50)
})

describe('getAccessToken in 2 processes on PostgreSQL', () => {
  const stage = useStage({ store: 'postgres', processes: 2 })
  refreshesOnce(stage)
  succeedsKilledHolder(stage)
})
