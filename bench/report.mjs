// The results in words: tables for the terminal, results.md, and the part of the README between its marks.
import { goals, isMet } from './goals.mjs'
import { measureNames, soakName } from './measures/names.mjs'
import { ours, parties } from './parties/index.mjs'
import { ratio, tablesOf, whole } from './tables.mjs'

const beginMark = '<!-- bench: written by npm run bench -->'
const endMark = '<!-- bench: end -->'

/** The tables of a measure for the terminal. */
export function textOf(name, data) {
  return tablesOf(name, data)
    .map(({ title, head, rows }) => `\n${title}\n${aligned([head, ...rows])}`)
    .join('\n')
}

/** All of results.md. */
export function documentOf({ environment, measures }) {
  const names = [...measureNames, soakName].filter((name) => name in measures)
  const sections = names.flatMap((name) =>
    tablesOf(name, measures[name]).map(({ title, head, rows }) => {
      return rows.length === 0 ? `${title}.` : `## ${title}\n\n${markdownTable(head, rows)}`
    }),
  )
  return `${[
    '# Results',
    'Written by `npm run bench`; do not edit. [README.md](README.md) says how it is measured and what it does not show. CPU is that of the ' +
      'relying party\'s process; "over the floor" is the median of the rounds\' ratios to what is written by hand.',
    environmentText(environment, measures),
    '![CPU over the floor](results.svg)',
    `## Goals\n\n${goalTable(measures)}`,
    ...sections,
  ].join('\n\n')}\n`
}

function environmentText({ cpu, cores, memoryGigabytes, platform, node, versions, loadBefore }, measures) {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Node ${node}, ${platform}, ${cores} cores (${cpu}), ${memoryGigabytes} GB, ${daysOf(measures)}.`,
    `Versions: ${packages.join(', ')}.`,
    `Rounds: ${roundsOf(measures).join(', ') || 'none'}.`,
    `Load of the machine before the last run: ${loadBefore === undefined ? 'not recorded' : loadBefore.toFixed(1)}.`,
  ].join(' ')
}

/** Few rounds, or other programs at work, make figures that are not worth much. */
function roundsOf(measures) {
  return Object.entries(measures).flatMap(([name, { rounds, concurrencies }]) => {
    const all = concurrencies ? Object.values(concurrencies).map((figures) => figures.rounds) : [rounds]
    return all.every((count) => count === undefined) ? [] : [`${name} ${all.join(' and ')}`]
  })
}

function goalTable(measures) {
  const rows = goals.map((goal) => {
    const { what, unit = '', reason = 'not written down yet' } = goal
    const value = goal.value(measures)
    if (value === undefined) return [what, withUnit(shown(goal, goal.atMost), unit), 'not measured', '', '']
    const missedBy = `no, by ${shown(goal, value - goal.atMost)}`
    const verdict = isMet(goal, value) ? 'yes' : missedBy
    const why = isMet(goal, value) ? '' : reason
    return [what, withUnit(shown(goal, goal.atMost), unit), withUnit(shown(goal, value), unit), verdict, why]
  })
  return markdownTable(['', 'at most', 'measured', 'met', 'why not'], rows)
}

function shown({ digits = 0 }, value) {
  return digits === 0 ? whole(value) : value.toFixed(digits)
}

function withUnit(text, unit) {
  return unit === '' ? text : `${text} ${unit}`
}

/** What the README says of speed: every figure is in results.json. */
export function readmePart({ environment, measures }) {
  const guarded = measures['guarded-request']
  const login = measures.login?.concurrencies[32]
  const rows = parties.map(({ name, label }) => [
    name === ours ? `**${label}**` : label,
    figure(guarded?.parties[name]?.ratio, ratio),
    figure(login?.parties[name]?.ratio, ratio),
    figure(measures['abandoned-login']?.parties[name]?.storeBytesEach, whole),
    figure(measures['refresh-stampede']?.processes[4]?.[name]?.mostRefreshes, whole),
    figure(measures['start-up']?.parties[name]?.importRatio, ratio),
    figure(
      measures['installed-size']?.parties[name],
      ({ bytes, packages }) => `${(bytes / 1e6).toFixed(1)}, ${packages}`,
    ),
  ])
  const head = [
    '',
    'guarded request',
    'whole login',
    'abandoned login, bytes in the store',
    'refreshes for 100 requests, 4 processes',
    'import time',
    'installed MB, packages',
  ]
  return [
    '![CPU of guarded requests and of logins over what is written by hand, side by side](bench/results.svg)',
    markdownTable(head, rows),
    `Guarded request, login (32 at once) and import time are ratios to what is written by hand; lower is better. Node ${environment.node}, ` +
      `${environment.cores} cores, ${daysOf(measures)}.`,
  ].join('\n\n')
}

function figure(value, show) {
  return value === undefined ? '-' : show(value)
}

/** @param {string} text with both marks */
export function replaceMarked(text, part) {
  const [begin, end] = [text.indexOf(beginMark), text.indexOf(endMark)]
  if (begin < 0 || end < begin) throw new Error(`there is no ${beginMark} ... ${endMark} to write between`)
  return `${text.slice(0, begin + beginMark.length)}\n${part}\n${text.slice(end)}`
}

/** The days on which the measures were taken: single ones may be newer. */
function daysOf(measures) {
  const days = [...new Set(Object.values(measures).map(({ at }) => at.slice(0, 10)))].sort()
  return days.length < 2 ? days.join('') : `${days[0]} to ${days.at(-1)}`
}

function markdownTable(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) =>
    `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |'),
  )
  return lines.join('\n')
}

function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))
  return rows.map((row) => row.map(pad).join('  ')).join('\n')
}
