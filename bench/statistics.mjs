// Medians, percentiles, ratios, and whether something grows.

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
 * How fast the lowest values rise, from the first third of the points to the last: of what fills and empties again and
 * again, a slope through all points would be that of the moment at which they end.
 *
 * @param {readonly (readonly [x: number, y: number])[]} points at least two, by x
 */
export function riseOfMinima(points) {
  const third = Math.ceil(points.length / 3)
  const [first, last] = [points.slice(0, third), points.slice(-third)].map(lowest)
  return (last[1] - first[1]) / (last[0] - first[0])
}

/** @param {readonly (readonly [x: number, y: number])[]} points */
function lowest(points) {
  return points.reduce((low, point) => (point[1] < low[1] ? point : low))
}
