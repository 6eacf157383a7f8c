// The small page we show ourselves: static text, works without script and styles, under the strictest policy.
import { hash } from 'node:crypto'
import escapeHtml from 'escape-html'
import type { HttpRequest, HttpResponse } from './messages.ts'
import { noStore, setHeaders } from './redirect.ts'

/** A form of hidden fields: posts itself where scripts run, and by its button elsewhere. */
export interface PageForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[]
  readonly button: string
}

/** A form that waits for the person's answer, by one of two buttons: it never posts itself. */
export interface PageQuestion {
  /** On our own site: the page lets its form go nowhere else. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** What the buttons send as `answer`; the second is the way out. */
  readonly answers: readonly [PageAnswer, PageAnswer]
}

/** One of the answers to a question. */
export interface PageAnswer {
  readonly value: string
  readonly text: string
}

/** A way on. */
export interface PageLink {
  readonly href: string
  readonly text: string
  /** Stands back behind the one before it. */
  readonly isLesser?: boolean
}

/** What a page says; every text is escaped here. */
export interface Page {
  readonly status: number
  readonly title: string
  readonly text: string
  readonly links?: readonly PageLink[]
  /** For whoever runs the site. */
  readonly note?: string
  readonly small?: string
  readonly form?: PageForm
  readonly question?: PageQuestion
  /** Its form is for our own site, which learns from the browser that it comes from here (the Origin header, Fetch). */
  readonly isOwnForm?: boolean
  /** The origins whose pages may show it in a frame; without them none may. */
  readonly frameAncestors?: readonly string[]
}

const style =
  ':root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;' +
  'font:1rem/1.5 system-ui,sans-serif;background:light-dark(#f4f5f7,#16181d);color:light-dark(#1b1f24,#e8eaed)}' +
  'main{box-sizing:border-box;width:min(30rem,100% - 2rem);padding:2rem;border-radius:1rem;' +
  'background:light-dark(#fff,#22262e);box-shadow:0 1px 3px #0003}h1{margin:0 0 .5rem;font-size:1.4rem;line-height:1.3}' +
  'p{margin:.75rem 0 0;overflow-wrap:anywhere}a,button{display:inline-block;box-sizing:border-box;min-width:12rem;padding:.7rem 1.2rem;' +
  'border:0;border-radius:.6rem;font:inherit;text-align:center;text-decoration:none;cursor:pointer;' +
  'background:light-dark(#1f4fd8,#8fb0ff);color:light-dark(#fff,#10131a)}' +
  '.lesser a,button+button{background:none;box-shadow:inset 0 0 0 1px;color:light-dark(#1f4fd8,#8fb0ff)}' +
  'button+button{margin:.75rem 0 0}' +
  'small{display:block;margin-top:1.5rem;color:light-dark(#5c6570,#9aa3ad)}'

/** By the prototype: a field may be called `submit`, and would stand in its way. */
const script = 'HTMLFormElement.prototype.submit.call(document.forms[0])'

/** Only what is on the page: its style, and its script where it has one (CSP Level 3). */
function policyOf({ form, question, frameAncestors = [] }: Page): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    // Not where there is a form: Chromium would apply it to the redirects of whoever it is posted to, which we do not know.
    ...(form === undefined
      ? [`form-action ${question === undefined ? "'none'" : "'self'"}`]
      : [`script-src '${hashOf(script)}'`]),
    `frame-ancestors ${frameAncestors.join(' ') || "'none'"}`,
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${hash('sha256', text, 'base64')}`
}

/** Answers with a page; a HEAD request gets its headers alone. */
export function sendPage(request: HttpRequest, response: HttpResponse, page: Page): void {
  const body = render(page)
  // It knows one origin or none; frame-ancestors takes its place in all browsers (CSP Level 3 section 6.4.2).
  if (page.frameAncestors !== undefined) response.removeHeader('X-Frame-Options')
  response.statusCode = page.status
  setHeaders(response, {
    ...noStore,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Security-Policy': policyOf(page),
    // Under no-referrer the Origin of a form is null, and whoever is to judge where it came from refuses it.
    'Referrer-Policy': page.isOwnForm === true ? 'same-origin' : 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function render({ title, text, links = [], note, small, form, question }: Page): string {
  const anchors = links.map(renderLink).join('')
  const footnotes = [note, small]
    .map((line) => (line === undefined ? '' : `<small>${escapeHtml(line)}</small>`))
    .join('')
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>` +
    `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${anchors}${renderForm(form)}${renderQuestion(question)}${footnotes}</main></body></html>`
  )
}

function renderLink({ href, text, isLesser = false }: PageLink): string {
  return `<p${isLesser ? ' class="lesser"' : ''}><a href="${escapeHtml(href)}">${escapeHtml(text)}</a></p>`
}

function renderForm(form: PageForm | undefined): string {
  if (form === undefined) return ''
  const button = `<p><button>${escapeHtml(form.button)}</button></p>`
  return `${renderFields(form, button)}<script>${script}</script>`
}

function renderQuestion(question: PageQuestion | undefined): string {
  if (question === undefined) return ''
  const buttons = question.answers.map(
    ({ value, text }) => `<button name="answer" value="${escapeHtml(value)}">${escapeHtml(text)}</button>`,
  )
  return renderFields(question, `<p>${buttons.join(' ')}</p>`)
}

function renderFields({ action, fields }: Pick<PageForm, 'action' | 'fields'>, buttons: string): string {
  const inputs = (Array.isArray(fields) ? fields : Object.entries(fields)).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  return `<form method="post" action="${escapeHtml(action)}">${inputs.join('')}${buttons}</form>`
}
