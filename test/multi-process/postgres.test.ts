// Several processes of an app on PostgreSQL: logins, and one refresh request whoever asks and whatever fails meanwhile.
import { describe } from 'vitest'
import {
  endsPersonEverywhere,
  endsSessionEverywhere,
  hearsOfLogoutToken,
  signsInAcrossProcesses,
  staysEndedAfterSlowRequest,
  staysEndedDuringRefresh,
} from './login-cases.ts'
import {
  crossesNoUsers,
  refreshesOnce,
  succeedsKilledHolder,
  survivesStoreRestart,
  waitsForSlowProvider,
} from './refresh-cases.ts'
import { useStage } from './use-stage.ts'

describe('4 processes on PostgreSQL', () => {
  const stage = useStage({ store: 'postgres', processes: 4 })

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
    survivesStoreRestart(stage)
    crossesNoUsers(stage, 50)
  })
})

describe('2 processes on PostgreSQL: getAccessToken', () => {
  const stage = useStage({ store: 'postgres', processes: 2 })
  refreshesOnce(stage)
  succeedsKilledHolder(stage)
})
