// Each contestant with the floor, and nobody else: of seven processes at once one was favoured for as long as they lived.
import { ours } from './parties/index.mjs'

/**
 * @template Sample
 * @param {readonly { name: string }[]} parties the floor among them
 * @param {(share: number) => void} progress
 * @param {(pair: any[], how: { generations: number, progress: (share: number) => void }) => Promise<Record<string, Sample[]>>} measure
 * the samples of both, by name
 * @returns {Promise<{ name: string, own: Sample[], floor: Sample[] }[]>} in the order of the parties; the floor beside itself
 */
export async function besideFloor(parties, progress, measure) {
  const [floor, ...others] = parties
  const measured = []
  for (const [index, party] of others.entries()) {
    const samples = await measure([floor, party], {
      generations: party.name === ours ? 2 : 1, // warming up takes long, and there are ten minutes for all
      progress: (share) => progress((index + share) / others.length),
    })
    measured.push({ name: party.name, own: samples[party.name], floor: samples[floor.name] })
  }
  const every = measured.flatMap((each) => each.floor)
  return [{ name: floor.name, own: every, floor: every }, ...measured]
}
