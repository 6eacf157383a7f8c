// The forms of pages in tests: read from the HTML and sent as a browser would, without scripts.
import type { TestBrowser, TestBrowserFollowOptions, TestPage } from '../src/testing/index.ts'

/** The one form of a page. */
export interface PageForm {
  readonly action: string
  readonly fields: URLSearchParams
  /** What its buttons say. */
  readonly buttons: string[]
}

/** Reads the only form of a page; throws where there is none. */
export function formOf({ text }: TestPage): PageForm {
  const [, action = '', content = ''] = /<form method="post" action="([^"]*)">(.*)<\/form>/s.exec(text) ?? []
  if (content === '') throw new Error(`no form on this page: ${text}`)
  const inputs = content.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  const buttons = content.matchAll(/<button[^>]*>([^<]*)<\/button>/g)
  return {
    action: decoded(action),
    fields: new URLSearchParams(
      [...inputs].map(([, name = '', value = '']): [string, string] => [decoded(name), decoded(value)]),
    ),
    buttons: [...buttons].map(([, text = '']) => text),
  }
}

/** Sends it from its page; `more` is what the pressed button adds, or what an attacker changes. */
export async function submit(
  browser: TestBrowser,
  page: TestPage,
  more: Record<string, string> = {},
  options: TestBrowserFollowOptions = {},
): Promise<TestPage> {
  const { action, fields } = formOf(page)
  const form = new URLSearchParams(fields)
  for (const [name, value] of Object.entries(more)) form.set(name, value)
  return await browser.follow(new URL(action, page.url), { form, from: page.url, scripts: false, ...options })
}

const named: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>', '#39': "'" }

function decoded(text: string): string {
  return text.replace(/&(quot|amp|lt|gt|#39);/g, (_all, name: string) => named[name] ?? '')
}
