// Several processes of one app behind a load balancer.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AppSettings } from './app-settings.ts'
import { startBalancer } from './balancer.ts'

const program = fileURLToPath(new URL('app-process.mjs', import.meta.url))

/** The settings of one process; the balancer gives the public URL. */
export type SettingsOf = (index: number, baseUrl: string) => Omit<AppSettings, 'index'>

export interface Cluster {
  /** The public URL: the balancer's. */
  readonly url: string
  readonly size: number
  /** The codes of the warnings that the processes gave, each as often as it came. */
  readonly warnings: readonly string[]
  /** Resolves when that many requests from now on have reached the handler of the path. */
  arrivals(path: string, count: number): Promise<void>
  /** Puts the clocks of all processes ahead of the true time. */
  putAhead(seconds: number): Promise<void>
  /** Lets the handlers of `/slow` go on. */
  release(): void
  /** Ends one process as a crash does (`kill -9`). */
  kill(index: number): Promise<void>
  /** Tells one process to end (`kill`), as a deployment does; resolves with its exit code when it has. */
  terminate(index: number): Promise<number | null>
  /** Starts a process in the place of one that has ended. */
  restart(index: number): Promise<void>
  /** Closes the channel to one process, as the end of this process would; resolves when it has ended. */
  abandon(index: number): Promise<void>
  stop(): Promise<void>
}

/** What a process says: that it serves, which handler a request has reached, the code of a warning, its clock. */
interface Report {
  readonly port?: number
  readonly at?: string
  readonly warning?: string
  readonly aheadSeconds?: number
}

type Listener = (path: string) => void

/** Starts them and waits until all serve; none outlives this process. */
export async function startCluster(size: number, settingsOf: SettingsOf): Promise<Cluster> {
  const balancer = await startBalancer()
  const children: ChildProcess[] = []
  const listeners = new Set<Listener>()
  const warnings: string[] = []
  const hear = ({ at, warning }: Report) => {
    if (at !== undefined) for (const listener of listeners) listener(at)
    if (warning !== undefined) warnings.push(warning)
  }

  async function start(index: number): Promise<void> {
    const running = children[index]
    if (running !== undefined && !hasEnded(running)) return
    const child = forkApp({ index, ...settingsOf(index, balancer.url) })
    children[index] = child
    child.on('message', hear)
    balancer.ports[index] = await portOf(child)
  }

  async function end(index: number, act: (child: ChildProcess) => void): Promise<void> {
    const child = children[index]
    if (child === undefined || hasEnded(child)) return
    const exit = once(child, 'exit')
    act(child)
    await exit
  }

  async function terminate(index: number): Promise<number | null> {
    await end(index, (child) => child.kill('SIGTERM'))
    return children[index]?.exitCode ?? null
  }

  const kill = (index: number) => end(index, (child) => child.kill('SIGKILL'))
  const stop = async () => {
    await Promise.all([balancer.close(), ...children.map((_child, index) => kill(index))])
  }
  await Promise.all(Array.from({ length: size }, (_, index) => start(index))).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    url: balancer.url,
    size,
    warnings,
    arrivals: (path, count) => countArrivals(listeners, path, count),
    putAhead: async (seconds) => {
      await Promise.all(children.map((child) => putAhead(child, seconds)))
    },
    release: () => {
      for (const child of children) if (child.connected) child.send({ order: 'release' })
    },
    kill,
    terminate,
    restart: start,
    abandon: (index) => end(index, (child) => child.disconnect()),
    stop,
  }
}

/** Without the loaders and options of the test runner; its warnings come as messages. */
function forkApp(settings: AppSettings): ChildProcess {
  const env = { ...process.env, NODE_ENV: 'test', NODE_NO_WARNINGS: '1' }
  return fork(program, [JSON.stringify(settings)], { execArgv: [], env })
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('message', ({ port }: Report) => port !== undefined && resolve(port))
    child.once('exit', (code) => reject(new Error(`an app process ended at its start with exit code ${code}`)))
  })
}

/** Not lasting: a process that is started later has the true time. */
function putAhead(child: ChildProcess, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const listener = ({ aheadSeconds }: Report) => {
      if (aheadSeconds !== seconds) return
      child.off('message', listener)
      resolve()
    }
    child.on('message', listener)
    child.send({ order: 'clock', seconds })
  })
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
