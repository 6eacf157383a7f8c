// One after the other, by key, within this process.

/** Runs what concerns the same key one after the other, whatever became of the one before. */
export type InTurn = <Value>(key: string, act: () => Promise<Value>) => Promise<Value>

/** Makes the turns of one purpose; a key that nobody waits for is forgotten. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return (key, act) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(act, act)
    last.set(key, turn)
    const forget = () => {
      if (last.get(key) === turn) last.delete(key)
    }
    turn.then(forget, forget)
    return turn
  }
}
