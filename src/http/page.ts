// The small page we show ourselves: static text, works without script and styles, under the strictest policy.
import { createHash } from 'node:crypto'
import escapeHtml from 'escape-html'
import type { HttpRequest, HttpResponse } from './messages.ts'
import { noStore, setHeaders } from './redirect.ts'

/** What a page says; every text is escaped here. */
export interface Page {
  readonly status: number
  readonly title: string
  readonly text: string
  readonly links?: readonly { readonly href: string; readonly text: string }[]
  readonly small?: string
}

const style =
  ':root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;' +
  'font:1rem/1.5 system-ui,sans-serif;background:light-dark(#f4f5f7,#16181d);color:light-dark(#1b1f24,#e8eaed)}' +
  'main{box-sizing:border-box;width:min(30rem,100% - 2rem);padding:2rem;border-radius:1rem;' +
  'background:light-dark(#fff,#22262e);box-shadow:0 1px 3px #0003}h1{margin:0 0 .5rem;font-size:1.4rem;line-height:1.3}' +
  'p{margin:.75rem 0 0}a{display:inline-block;box-sizing:border-box;min-width:12rem;padding:.7rem 1.2rem;' +
  'border-radius:.6rem;text-align:center;text-decoration:none;' +
  'background:light-dark(#1f4fd8,#8fb0ff);color:light-dark(#fff,#10131a)}' +
  'small{display:block;margin-top:1.5rem;color:light-dark(#5c6570,#9aa3ad)}'

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Answers with a page; a HEAD request gets its headers alone. */
export function sendPage(request: HttpRequest, response: HttpResponse, page: Page): void {
  const body = render(page)
  response.statusCode = page.status
  setHeaders(response, {
    ...noStore,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Security-Policy': policy,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function render({ title, text, links = [], small }: Page): string {
  const anchors = links.map(({ href, text }) => `<p><a href="${escapeHtml(href)}">${escapeHtml(text)}</a></p>`).join('')
  const footnote = small === undefined ? '' : `<small>${escapeHtml(small)}</small>`
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>` +
    `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${anchors}${footnote}</main></body></html>`
  )
}
