// The names of the measures, in the order in which they run and are reported.

/** Seconds that each takes on two cores, to tell how long the rest will take. */
export const expectedSeconds = {
  'guarded-request': 95,
  'token-size': 35,
  login: 105,
  'abandoned-login': 50,
  users: 75,
  'refresh-stampede': 40,
  'start-up': 60,
  'installed-size': 35,
  soak: 480,
}

/** Not in the default run: it takes as long as all the others. */
export const soakName = 'soak'

export const measureNames = Object.keys(expectedSeconds).filter((name) => name !== soakName)
