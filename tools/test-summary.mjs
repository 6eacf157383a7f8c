// Prints the counts of a vitest JSON report as one line: `N passed, N failed`, with `, N skipped` when there are any.
import { readFileSync } from 'node:fs'

const [file = ''] = process.argv.slice(2)
const report = JSON.parse(readFileSync(file, 'utf8'))

/** @type {{ status: string, assertionResults: unknown[] }[]} */
const files = report.testResults
// A file that cannot even be loaded holds no tests, but it is a failure all the same.
const unloadable = files.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
const skipped = report.numPendingTests + report.numTodoTests

const counts = [`${report.numPassedTests} passed`, `${report.numFailedTests + unloadable.length} failed`]
if (skipped > 0) counts.push(`${skipped} skipped`)
console.log(counts.join(', '))
