// The tables of each measure: what the raw figures of results.json look like to a reader.
import { parties } from './parties/index.mjs'

/** @typedef {{ title: string, head: string[], rows: (string | number)[][] }} Table */

const labels = Object.fromEntries(parties.map(({ name, label }) => [name, label]))

/** @type {Record<string, (data: any) => Table[]>} */
const builders = {
  'guarded-request': (data) => [costTable('Guarded request, 16 at once', 'requests/s', data.parties)],
  'token-size': ({ shapes }) => [
    {
      title: 'Guarded request by the size of what the provider sent',
      head: [
        'tokens',
        'floor, us of CPU',
        'ours, us of CPU',
        'ours over the floor',
        'floor over small',
        'ours over small',
      ],
      rows: Object.entries(shapes).map(([shape, figures]) => [
        shapeLabels[shape],
        whole(figures.floorMicroseconds),
        whole(figures.oursMicroseconds),
        ratio(figures.ratio),
        ratio(figures.floorOverSmall),
        ratio(figures.oursOverSmall),
      ]),
    },
  ],
  login: ({ concurrencies }) =>
    Object.entries(concurrencies).map(([concurrency, figures]) =>
      costTable(
        `Whole login, ${concurrency === '1' ? 'one at a time' : `${concurrency} at once`}`,
        'logins/s',
        figures.parties,
      ),
    ),
  'abandoned-login': ({ parties: figures }) => [
    {
      title: 'Logins started and abandoned, each by a new browser',
      head: [
        '',
        'logins',
        'bytes in the store, each',
        'bytes of heap, each',
        'bytes of cookies',
        'in the store an hour later',
        'a week later',
        'heap before / after / when they are over, MB',
      ],
      rows: named(figures, (figure) => [
        whole(figure.logins),
        whole(figure.storeBytesEach),
        whole(figure.heapBytesEach),
        whole(figure.cookieBytes),
        whole(figure.entriesAfterHour),
        whole(figure.entriesAtLast),
        figure.heapMegabytes.map((megabytes) => megabytes.toFixed(1)).join(' / '),
      ]),
    },
  ],
  users: ({ rows }) => [
    {
      title: 'People who are signed in',
      head: [
        '',
        'people',
        'us of CPU a request',
        'over the floor',
        'over the fewest people',
        'bytes in the store, each',
        'bytes of heap, each',
      ],
      rows: rows.map((row) => [
        labels[row.party],
        whole(row.users),
        whole(row.cpuMicroseconds),
        ratio(row.ratio),
        ratio(row.overFew),
        whole(row.storeBytesEach),
        whole(row.heapBytesEach),
      ]),
    },
  ],
  'refresh-stampede': ({ processes, skipped }) => [
    ...Object.entries(processes).map(([count, figures]) => ({
      title: `The access token has ended and 100 requests want a good one, ${count === '1' ? '1 process' : `${count} processes on Redis`}`,
      head: ['', 'refresh requests, median', 'most', 'failed requests', 'p50, ms', 'p99, ms'],
      rows: named(figures, (figure) => [
        whole(figure.refreshes),
        whole(figure.mostRefreshes),
        whole(figure.failed),
        whole(figure.p50Milliseconds),
        whole(figure.p99Milliseconds),
      ]),
    })),
    ...(skipped === undefined ? [] : [{ title: `Skipped: ${skipped}`, head: [], rows: [] }]),
  ],
  'start-up': ({ parties: figures }) => [
    {
      title: 'Start-up',
      head: ['', 'import, ms', 'over the floor', 'start to first login, ms', 'over the floor'],
      rows: named(figures, (figure) => [
        whole(figure.importMilliseconds),
        ratio(figure.importRatio),
        whole(figure.firstLoginMilliseconds),
        ratio(figure.firstLoginRatio),
      ]),
    },
  ],
  'installed-size': ({ parties: figures }) => [
    {
      title: 'Installed beside express and express-session',
      head: ['', 'MB', 'packages'],
      rows: named(figures, ({ bytes, packages }) => [(bytes / 1e6).toFixed(1), whole(packages)]),
    },
  ],
  soak: ({ requests, logins, bytesPerThousandRequests, points }) => [
    {
      title: 'Soak',
      head: [
        'guarded requests',
        'logins',
        'heap at first, MB',
        'heap at last, MB',
        'growth by 1,000 requests, bytes',
        'in the store at last',
      ],
      rows: [
        [
          whole(requests),
          whole(logins),
          (points[0].heapBytes / 1e6).toFixed(2),
          (points.at(-1).heapBytes / 1e6).toFixed(2),
          whole(bytesPerThousandRequests),
          whole(points.at(-1).storeEntries),
        ],
      ],
    },
  ],
}

const shapeLabels = {
  small: 'ID and access token of 0.6 to 0.9 kB, 5 claims',
  medium: '2 kB each',
  large: '8 kB each',
  manyClaims: '0.6 kB, and 100 claims',
}

/**
 * @param {string} name of the measure
 * @param {any} data
 * @returns {Table[]}
 */
export function tablesOf(name, data) {
  return builders[name](data)
}

function costTable(title, rate, figures) {
  return {
    title,
    head: ['', 'us of CPU', 'over the floor', 'p50, ms', 'p99, ms', rate],
    rows: named(figures, (figure) => [
      whole(figure.cpuMicroseconds),
      ratio(figure.ratio),
      figure.p50Milliseconds.toFixed(1),
      figure.p99Milliseconds.toFixed(1),
      whole(figure.perSecond),
    ]),
  }
}

function named(figures, cells) {
  return Object.entries(figures).map(([name, figure]) => [labels[name], ...cells(figure)])
}

/** @param {number} value */
export function whole(value) {
  return Math.round(value).toLocaleString('en-US')
}

/** @param {number} value */
export function ratio(value) {
  return value.toFixed(2)
}
