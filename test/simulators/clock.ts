// The time of one simulator: the real one, or moved forward by a test.

/** A clock in the unit of the protocol. */
export class SimulatorClock {
  readonly #source: () => number
  #aheadSeconds = 0

  /** `source` gives a NumericDate; by default the time of the machine. */
  constructor(source: () => number = () => Date.now() / 1000) {
    this.#source = source
  }

  /** Now, as a NumericDate. */
  nowAt(): number {
    return Math.floor(this.#source()) + this.#aheadSeconds
  }

  /** Lets time pass for this simulator alone. */
  advance(seconds: number): void {
    this.#aheadSeconds += seconds
  }
}
