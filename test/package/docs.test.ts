// The documents name only entries that package.json exports, and link only to files and headings that exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFolder, root } from './source-files.ts'

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...[...readFolder('docs').keys()].filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
]
const { exports } = JSON.parse(read('package.json'))

describe.each(documents)('%s', (document) => {
  const text = read(document)

  it('imports only what package.json exports', () => {
    const specifiers = matches(text, /(?:from|import|require\()\s*['"]express-relying-party(\/[\w./-]+)?['"]/g)
    const unknown = specifiers.map((subpath) => `.${subpath}`).filter((subpath) => !(subpath in exports))
    expect(unknown).toEqual([])
  })

  it('links only to what exists', () => {
    const links = matches(withoutCode(text), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link))
    expect(links.filter((link) => !exists(document, link))).toEqual([])
  })
})

function exists(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? document : join(dirname(document), file)
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(read(target)).includes(anchor)
}

/** Anchors as GitHub makes them from headings. */
function anchorsOf(text: string): string[] {
  const headings = matches(withoutCode(text), /^#{1,6} (.+)$/gm)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '')
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
