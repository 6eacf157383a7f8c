// A simulator for the length of one test, with a client that talks to it.

import { onTestFinished, vi } from 'vitest'
import { type Profile, type Simulator, type SimulatorOptions, startSimulator } from './index.ts'
import { WireClient } from './wire-client.ts'

// An RSA key takes a quarter of a second, on a busy machine much more.
vi.setConfig({ testTimeout: 20_000 })

/** Starts the simulator, whose time stands still but for `clock.advance`, and closes it when the test is over. */
export async function openSimulator(
  profile: Profile,
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; client: WireClient }> {
  const startedAt = Date.now() / 1000
  const simulator = await startSimulator(profile, { now: () => startedAt, ...options })
  onTestFinished(() => simulator.close())
  return { simulator, client: new WireClient(simulator) }
}
