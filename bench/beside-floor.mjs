// Each contestant with the floor, and nobody else: of seven processes at once one was favoured for as long as they lived.

/**
 * @template Sample
 * @param {readonly { name: string }[]} parties the floor among them
 * @param {(share: number) => void} progress
 * @param {(pair: any[], progress: (share: number) => void) => Promise<Record<string, Sample[]>>} measure the samples of both, by name
 * @returns {Promise<{ name: string, own: Sample[], floor: Sample[] }[]>} in the order of the parties; the floor beside itself
 */
export async function besideFloor(parties, progress, measure) {
  const [floor, ...others] = parties
  const measured = []
  for (const [index, party] of others.entries()) {
    const samples = await measure([floor, party], (share) => progress((index + share) / others.length))
    measured.push({ name: party.name, own: samples[party.name], floor: samples[floor.name] })
  }
  const every = measured.flatMap((each) => each.floor)
  return [{ name: floor.name, own: every, floor: every }, ...measured]
}
