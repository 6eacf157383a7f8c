// A child process that is asked by messages: orders go to it, and each comes back with its result.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const startMilliseconds = 30_000

/**
 * Starts a module beside this one, and waits for its message `{ ready }`.
 *
 * @param {string} file
 * @param {{ settings?: object, execArgv?: string[] }} [how]
 */
export async function startChild(file, { settings = {}, execArgv = [] } = {}) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(settings)], {
    execArgv,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' },
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaints = (complaints + text).slice(-2000)
  })
  const waiting = new Map()
  let lastId = 0
  const ready = withResolvers()
  const tooLate = setTimeout(() => ready.reject(new Error(`${file} does not start`)), startMilliseconds)
  child.on('message', ({ ready: value, id, result }) => {
    if (id === undefined) ready.resolve(value)
    else waiting.get(id)?.resolve(result)
    waiting.delete(id)
  })
  child.on('exit', (code, signal) => {
    const gone = new Error(`${file} ${JSON.stringify(settings)} has ended (${signal ?? code})\n${complaints}`)
    ready.reject(gone)
    for (const { reject } of waiting.values()) reject(gone)
  })
  const value = await ready.promise.finally(() => clearTimeout(tooLate))
  return {
    ready: value,
    /** The end of what it has written to stderr. */
    complaints: () => complaints,
    ask(order, rest = {}) {
      lastId += 1
      const answer = withResolvers()
      waiting.set(lastId, answer)
      child.send({ id: lastId, order, ...rest })
      return answer.promise
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
    },
  }
}

/** Promise.withResolvers(), which Node 20 does not have. */
function withResolvers() {
  let resolve
  let reject
  const promise = new Promise((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}
