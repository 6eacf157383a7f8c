// Medians, percentiles, ratios, and the slope of a straight line through points.

/** @param {readonly number[]} values */
export function median(values) {
  return percentile(values, 50)
}

/**
 * The value that so many percent of the values are not above, between two of them by their distance.
 *
 * @param {readonly number[]} values at least one
 * @param {number} percent
 */
export function percentile(values, percent) {
  if (values.length === 0) throw new RangeError('there is no percentile of no values')
  const sorted = [...values].sort((left, right) => left - right)
  const place = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(place)]
  return below + (sorted[Math.ceil(place)] - below) * (place - Math.floor(place))
}

/**
 * The median of the ratios of rounds: what disturbs the machine in one round disturbs both sides of its ratio.
 *
 * @param {readonly number[]} values
 * @param {readonly number[]} floors of the same rounds
 */
export function pairedRatio(values, floors) {
  if (values.length !== floors.length) throw new RangeError('a ratio needs both sides of every round')
  return median(values.map((value, round) => value / floors[round]))
}

/**
 * The slope of the straight line with the least squares.
 *
 * @param {readonly (readonly [x: number, y: number])[]} points at least two, of different x
 */
export function slope(points) {
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)))
  return covariance / mean(points.map(([x]) => (x - meanX) ** 2))
}

/** @param {readonly number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
