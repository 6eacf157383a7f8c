// A page whose form posts itself (OAuth 2.0 Form Post Response Mode appendix A; SAML knows it too): making one, and finding one.

import escapeHtml from 'escape-html'

import { type Answer, htmlAnswer } from './answer.ts'

/** A form that a page posts by itself, where scripts run. */
export interface TestPageForm {
  /** Where it posts to, absolute. */
  readonly url: string
  /** Its hidden fields. */
  readonly fields: URLSearchParams
}

/** A page that posts the fields; by its button where scripts do not run. */
export function selfPostingForm(action: string, fields: URLSearchParams): Answer {
  const inputs = [...fields].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  return htmlAnswer(
    200,
    `<form method="post" action="${escapeHtml(action)}">${inputs.join('')}<button>Continue</button></form>` +
      '<script>document.forms[0].submit()</script>',
  )
}

/** The first form of a page that posts itself, by a script of its own or by `onload`; `undefined` where there is none. */
export function findSelfPostingForm(html: string, pageUrl: URL): TestPageForm | undefined {
  const [, form, content = ''] = /<form\b([^>]*)>(.*?)<\/form>/is.exec(html) ?? []
  const submits = /<script\b[^>]*>[^<]*\.submit(\.call)?\(|\bonload=["'][^"']*\.submit\(/i.test(html)
  if (form === undefined || !submits || attribute(form, 'method')?.toLowerCase() !== 'post') return undefined
  const inputs = [...content.matchAll(/<input\b([^>]*)>/gi)].map(([, input = '']) => input)
  const fields = new URLSearchParams()
  for (const input of inputs) fields.append(attribute(input, 'name') ?? '', attribute(input, 'value') ?? '')
  fields.delete('') // an input without a name is not sent
  return { url: new URL(attribute(form, 'action') ?? '', pageUrl).href, fields }
}

function attribute(tag: string, name: string): string | undefined {
  const [, double, single] = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag) ?? []
  const value = double ?? single
  return value?.replace(/&(quot|amp|lt|gt|#\d+|#x[\da-f]+);/gi, (_whole, entity: string) => characterOf(entity))
}

const namedCharacters: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>' }

function characterOf(entity: string): string {
  const name = entity.toLowerCase()
  if (!name.startsWith('#')) return namedCharacters[name] ?? ''
  return String.fromCodePoint(name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)))
}
