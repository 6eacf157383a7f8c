// One relying party in a process of its own; the harness asks it for CPU time, heap and the size of its store.
import { createStore, sizeOf } from './stores.mjs'

const settings = JSON.parse(process.argv[2])
const { createApp } = await import(`./parties/${settings.file}.mjs`)
const store = await createStore(settings)
const app = await createApp({ ...settings, store })

const orders = {
  /** CPU time of this process until now, in microseconds. */
  cpu() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  /** Bytes in use after everything that can be collected has been. */
  async heap() {
    for (let round = 0; round < 3; round++) {
      global.gc()
      await new Promise(setImmediate)
    }
    return process.memoryUsage().heapUsed
  },
  /** What the store holds: number of entries, bytes of their keys and texts. */
  store: () => sizeOf(store),
  /** Lets the store forget what will have ended by then, as real stores do. */
  passSeconds: ({ seconds }) => store.passSeconds(seconds),
}

process.on('message', async ({ id, order, ...rest }) => process.send({ id, result: await orders[order](rest) }))
process.on('disconnect', () => process.exit())
const server = app.listen(settings.port, '127.0.0.1', (error) => {
  if (error) throw error
  process.send({ ready: true })
})
server.keepAliveTimeout = 60_000
