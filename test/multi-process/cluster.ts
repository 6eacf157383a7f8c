// Several processes of one app behind a load balancer.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AppSettings } from './app-settings.ts'
import { type Balancer, startBalancer } from './balancer.ts'

const program = fileURLToPath(new URL('app-process.mjs', import.meta.url))

/** The settings of one process; the balancer gives the public URL. */
export type SettingsOf = (index: number, baseUrl: string) => Omit<AppSettings, 'index'>

export interface Cluster {
  /** The public URL: the balancer's. */
  readonly url: string
  readonly size: number
  /** Resolves when that many requests from now on have reached the handler of the path. */
  arrivals(path: string, count: number): Promise<void>
  /** Lets the handlers of `/slow` go on. */
  release(): void
  /** Ends one process as a crash does (`kill -9`). */
  kill(index: number): Promise<void>
  /** Starts a process in the place of one that was killed. */
  restart(index: number): Promise<void>
  /** Closes the channel to one process, as the end of this process would; resolves when it has ended. */
  abandon(index: number): Promise<void>
  stop(): Promise<void>
}

type Listener = (path: string) => void

/** Starts them and waits until all serve; none outlives this process. */
export async function startCluster(size: number, settingsOf: SettingsOf): Promise<Cluster> {
  const balancer = await startBalancer()
  const children: ChildProcess[] = []
  const listeners = new Set<Listener>()
  const tell: Listener = (path) => {
    for (const listener of listeners) listener(path)
  }

  async function start(index: number): Promise<void> {
    const { child, port } = await startProcess({ index, ...settingsOf(index, balancer.url) })
    child.on('message', ({ at }: { at: string }) => tell(at))
    children[index] = child
    balancer.ports[index] = port
  }

  async function end(index: number, act: (child: ChildProcess) => void): Promise<void> {
    const child = children[index]
    if (child === undefined || hasEnded(child)) return
    const exit = once(child, 'exit')
    act(child)
    await exit
  }

  const kill = (index: number) => end(index, (child) => child.kill('SIGKILL'))
  const stop = () => stopAll(balancer, children.map((_child, index) => kill(index)))
  await Promise.all(Array.from({ length: size }, (_, index) => start(index))).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    url: balancer.url,
    size,
    arrivals: (path, count) => countArrivals(listeners, path, count),
    release: () => children.filter((child) => child.connected).forEach((child) => child.send('release')),
    kill,
    restart: start,
    abandon: (index) => end(index, (child) => child.disconnect()),
    stop,
  }
}

async function startProcess(settings: AppSettings): Promise<{ child: ChildProcess; port: number }> {
  // Not the loaders and options of the test runner.
  const child = fork(program, [JSON.stringify(settings)], { execArgv: [], env: { ...process.env, NODE_ENV: 'test' } })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`an app process ended at its start with exit code ${code}`)
  })
  ended.catch(() => {})
  const [{ port }] = await Promise.race([once(child, 'message'), ended])
  return { child, port }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function countArrivals(listeners: Set<Listener>, path: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    const listener: Listener = (arrived) => {
      if (arrived !== path || --left > 0) return
      listeners.delete(listener)
      resolve()
    }
    listeners.add(listener)
  })
}

async function stopAll(balancer: Balancer, endings: readonly Promise<void>[]): Promise<void> {
  await Promise.all([balancer.close(), ...endings])
}
