// docs/errors.md, which error messages link to, has exactly one heading for each error code.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorTable } from '../../src/errors.ts'
import { root } from './source-files.ts'

describe('docs/errors.md', () => {
  it('has one heading per error code, in the order of the table', () => {
    const text = readFileSync(join(root, 'docs/errors.md'), 'utf8')
    const headings = [...text.matchAll(/^## (ERR_RP_\w+)$/gm)].map(([, code]) => code)
    expect(headings).toEqual(Object.keys(errorTable))
  })

  it('has one row per warning code, in the order of the type', () => {
    const text = readFileSync(join(root, 'docs/errors.md'), 'utf8')
    const rows = [...text.matchAll(/^\| `(WARN_RP_\w+)` \|/gm)].map(([, code]) => code)
    const type = readFileSync(join(root, 'src/log-lines.ts'), 'utf8')
    const codes = [...type.matchAll(/^ {2}\| '(WARN_RP_\w+)'$/gm)].map(([, code]) => code)
    expect(codes.length).toBeGreaterThan(5)
    expect(rows).toEqual(codes)
  })
})
