// Rounds of A B C, C A B, ...: what slows the machine down for a while slows every contestant down.
import { createHash } from 'node:crypto'
import { median, pairedRatio, percentile } from './statistics.mjs'

const fewestRounds = 2

/**
 * Runs the contestants in turn, and once before that to warm up. Ends early when the time is over.
 *
 * @template Sample
 * @param {readonly string[]} names
 * @param {{ rounds: number, seconds: number, run: (name: string) => Promise<Sample>, progress: (share: number) => void }} how
 * @returns {Promise<Record<string, Sample[]>>} the samples of each, by round
 */
export async function interleave(names, { rounds, seconds, run, progress }) {
  for (const name of names) await run(name)
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  const start = performance.now()
  for (let round = 0; round < rounds; round++) {
    const isLate = (performance.now() - start) / 1000 > seconds
    if (isLate && round >= fewestRounds) break
    for (const name of shuffled(names, round)) samples[name].push(await run(name))
    progress((round + 1) / rounds)
  }
  return samples
}

/** Another order in each round, the same in each run: who came before must not always be the same. */
function shuffled(names, round) {
  const keyOf = (name) => createHash('sha256').update(`${round} ${name}`).digest('hex')
  return names
    .map((name) => ({ name, key: keyOf(name) }))
    .sort((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ name }) => name)
}

/**
 * The same with processes that are started anew some times. A process keeps for its life what chance gave it: where its
 * memory lies, what was compiled when.
 *
 * @template Sample
 * @param {{ generations: number, rounds: number, seconds: number, progress: (share: number) => void }} how rounds and seconds
 * in all generations together
 * @param {(how: { rounds: number, seconds: number, progress: (share: number) => void }) => Promise<Record<string, Sample[]>>} measure
 * starts the processes, interleaves them and ends them
 * @returns {Promise<Record<string, Sample[]>>}
 */
export async function inGenerations({ generations: wanted, rounds, seconds, progress }, measure) {
  const generations = Math.min(wanted, rounds)
  /** @type {Record<string, Sample[]>} */
  const samples = {}
  for (let generation = 0; generation < generations; generation++) {
    const own = await measure({
      rounds: Math.ceil(rounds / generations),
      seconds: seconds / generations,
      progress: (share) => progress((generation + share) / generations),
    })
    for (const [name, more] of Object.entries(own)) samples[name] = [...(samples[name] ?? []), ...more]
  }
  return samples
}

/**
 * The figures of one contestant beside the floor of the same rounds.
 *
 * @typedef {{ cpu: number, milliseconds: number[], perSecond: number }} Sample
 * @param {readonly Sample[]} samples
 * @param {readonly Sample[]} floors
 */
export function summarize(samples, floors) {
  const all = samples.flatMap(({ milliseconds }) => milliseconds)
  return {
    cpuMicroseconds: median(cpuOf(samples)),
    ratio: pairedRatio(cpuOf(samples), cpuOf(floors)),
    p50Milliseconds: percentile(all, 50),
    p99Milliseconds: percentile(all, 99),
    perSecond: median(samples.map(({ perSecond }) => perSecond)),
  }
}

/** @param {readonly { cpu: number }[]} samples */
export function cpuOf(samples) {
  return samples.map(({ cpu }) => cpu)
}
