// Reads a body to its end, or stops at a cap: what is larger than anybody needs is an attack.

/** The whole body; throws `RangeError` as soon as it is larger. */
export async function readCapped(body: AsyncIterable<Uint8Array>, largestBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    // Leaving the loop ends the stream as well: nothing more is taken from the network.
    if (size > largestBytes) throw new RangeError(`it is larger than ${largestBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
