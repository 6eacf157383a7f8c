// Several processes on a shared store: ten tabs that begin a login at the same moment all end on their own page.
import { describe } from 'vitest'
import type { StoreKind } from './app-settings.ts'
import { bringsTabsToTheirPages } from './tab-cases.ts'
import { useStage } from './use-stage.ts'

const stages: readonly [processes: number, store: StoreKind][] = [
  [2, 'redis'],
  [4, 'redis-sessions'],
  [2, 'postgres-sessions'],
  [4, 'postgres'],
]

describe.each(stages)('ten tabs at %i processes on %s', (processes, store) => {
  const stage = useStage({ store, processes })
  bringsTabsToTheirPages(stage, { withSession: false })
  bringsTabsToTheirPages(stage, { withSession: true })
})
