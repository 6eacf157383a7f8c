import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Page, sendPage } from '../../../src/http/page.ts'
import { type Answer, answerOf, requestOf } from '../exchange.ts'

const page: Page = { status: 403, title: 'No', text: 'Not this time.' }

function send(given: Page, method = 'GET', earlier = {}): Answer {
  const request = requestOf({ method })
  return answerOf(request, (response) => sendPage(request, response, given), earlier)
}

function policyOf({ headers }: Answer): string {
  return String(headers['content-security-policy'])
}

describe('sendPage', () => {
  it('answers with HTML under its own status', () => {
    const answer = send(page)
    expect(answer).toMatchObject({ status: 403, isEnded: true })
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.body).toContain('<h1>No</h1><p>Not this time.</p>')
  })

  it('escapes every text it is given (threat V27)', () => {
    const hostile = `"><script>alert('1')</script>&`
    const { body } = send({
      status: 400,
      title: hostile,
      text: hostile,
      links: [{ href: hostile, text: hostile }],
      small: hostile,
    })
    expect(body).not.toContain('<script')
    expect(body).not.toContain(`'1'`)
    expect(body.split('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;')).toHaveLength(7)
    expect(body).toContain('<a href="&quot;&gt;')
  })

  it('shows a link and a footnote only when they are given', () => {
    expect(send(page).body).not.toMatch(/<a |<small/)
    const { body } = send({ ...page, links: [{ href: '/login?a=1&b=2', text: 'Sign in' }], small: 'code' })
    expect(body).toContain('<a href="/login?a=1&amp;b=2">Sign in</a>')
    expect(body).toContain('<small>code</small>')
  })

  it('allows nothing but its own style (CSP Level 3), whatever the policy of the app was', () => {
    const answer = send(page, 'GET', { 'Content-Security-Policy': "default-src * 'unsafe-inline'" })
    const directives = policyOf(answer).split('; ')
    const style = /<style>(.*)<\/style>/.exec(answer.body)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(directives.sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      `style-src 'sha256-${hash}'`,
    ])
  })

  it('has neither a script nor an inline style attribute nor anything from elsewhere', () => {
    expect(send({ ...page, links: [{ href: '/', text: 'Home' }] }).body).not.toMatch(
      /<script|style=|\son\w+=|src=|@import|url\(/,
    )
  })

  it('may be framed by those origins alone that are named, whatever the app said before (threat V32)', () => {
    const frameAncestors = ['https://id.example', 'https://login.example']
    const answer = send({ ...page, frameAncestors }, 'GET', { 'X-Frame-Options': 'SAMEORIGIN' })
    expect(policyOf(answer)).toContain('frame-ancestors https://id.example https://login.example')
    expect(answer.headers).not.toHaveProperty('x-frame-options')
  })

  it('may be framed by nobody where the origins are none, or are not named', () => {
    expect(policyOf(send({ ...page, frameAncestors: [] }))).toContain("frame-ancestors 'none'")
    const answer = send(page, 'GET', { 'X-Frame-Options': 'DENY' })
    expect(policyOf(answer)).toContain("frame-ancestors 'none'")
    expect(answer.headers['x-frame-options']).toBe('DENY')
  })

  it('is neither cached nor sniffed, and tells nobody where it was', () => {
    expect(send(page).headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
  })

  it('counts the bytes of its body and not the characters', () => {
    const answer = send({ ...page, text: '\u00fc\u20ac' })
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.body)))
  })

  it('answers HEAD with the headers alone (RFC 9110 section 9.3.2)', () => {
    const answer = send(page, 'HEAD')
    expect(answer).toMatchObject({ status: 403, body: '', isEnded: true })
    expect(answer.headers['content-length']).toBe(send(page).headers['content-length'])
  })
})

describe('sendPage with a form', () => {
  const hostile = `"><script>alert('1')</script>&`
  const form = { action: 'https://id.example/end?a=1&b=2', fields: { hint: 'a-token' }, button: 'Continue' }

  it('posts its hidden fields by a button, without any script', () => {
    const { body } = send({ ...page, form })
    expect(body).toContain('<form method="post" action="https://id.example/end?a=1&amp;b=2">')
    expect(body).toContain('<input type="hidden" name="hint" value="a-token">')
    expect(body).toContain('<button>Continue</button>')
  })

  it('escapes whatever stands in it (threat V27)', () => {
    const fields = { [hostile]: hostile }
    const { body } = send({ ...page, form: { action: hostile, fields, button: hostile } })
    expect(body).not.toContain('<script>alert')
    expect(body.split('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;')).toHaveLength(5)
  })

  it('allows its one script by its hash, and sets no form-action, which would hold for redirects too', () => {
    const answer = send({ ...page, form })
    const script = /<script>(.*)<\/script>/.exec(answer.body)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    expect(script).toBe('HTMLFormElement.prototype.submit.call(document.forms[0])') // a field may be named submit
    expect(policyOf(answer)).toContain(`script-src 'sha256-${hash}'`)
    expect(policyOf(answer)).toContain("default-src 'none'")
    expect(policyOf(answer)).not.toContain('form-action')
    expect(policyOf(answer)).not.toContain('unsafe')
  })

  it('is neither cached nor named to whom it is posted', () => {
    expect(send({ ...page, form }).headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
  })
})

describe('sendPage with a question', () => {
  const hostile = `"><script>alert('1')</script>&`
  const answers = [
    { value: 'yes', text: 'Yes' },
    { value: 'no', text: 'No' },
  ] as const
  const question = { action: '/answer', fields: { token: 'a' }, answers }

  it('waits for one of two buttons, which say what was answered', () => {
    const { body } = send({ ...page, question })
    expect(body).toContain(
      '<button name="answer" value="yes">Yes</button> <button name="answer" value="no">No</button>',
    )
    expect(body).toContain('<input type="hidden" name="token" value="a">')
  })

  it('has no script, and lets its form go to our own site alone (CSP Level 3)', () => {
    const answer = send({ ...page, question })
    expect(answer.body).not.toContain('<script')
    expect(policyOf(answer)).not.toContain('script-src')
    expect(policyOf(answer)).toContain("form-action 'self'")
  })

  it('escapes whatever stands in it (threat V27)', () => {
    const pressed = { value: hostile, text: hostile }
    const { body } = send({
      ...page,
      question: { action: hostile, fields: { [hostile]: hostile }, answers: [pressed, pressed] },
    })
    expect(body).not.toContain('<script>alert')
    expect(body.split('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;')).toHaveLength(8)
  })

  it('tells its own site where it is from, and nobody else', () => {
    expect(send({ ...page, question, isOwnForm: true }).headers['referrer-policy']).toBe('same-origin')
    expect(send({ ...page, question }).headers['referrer-policy']).toBe('no-referrer')
  })

  it('posts the fields of a form in their order, repeated ones too', () => {
    const fields = [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ] as const
    const { body } = send({ ...page, form: { action: '/', fields, button: 'Go' } })
    expect([...body.matchAll(/name="(.)" value="(.)"/g)].map(([, name, value]) => `${name}${value}`)).toEqual([
      'b1',
      'a2',
      'b3',
    ])
  })
})
