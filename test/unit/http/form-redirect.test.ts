import { describe, expect, it } from 'vitest'
import { redirectAfterForm } from '../../../src/http/form-redirect.ts'
import { type Answer, answerOf, requestOf } from '../exchange.ts'

const location = 'https://id.example/end_session?id_token_hint=SECRET-TOKEN&state=a;b,c'
const page = { status: 200, title: 'Signing out', text: 'One moment.', link: { href: '/logout', text: 'Continue' } }
const accept = 'text/html,*/*;q=0.8'

function post(policy: string | string[] | undefined, parts = {}): Answer {
  const request = requestOf({ method: 'POST', headers: { accept }, ...parts })
  const earlier = policy === undefined ? {} : { 'Content-Security-Policy': policy }
  return answerOf(request, (response) => redirectAfterForm(request, response, location, page), earlier)
}

describe('redirectAfterForm', () => {
  it.each([
    ['there is no policy', undefined],
    ['the policy says nothing of forms', "default-src 'self'; frame-src 'none'"],
    ['the policy names the place', "form-action 'self' https://id.example"],
    ['the policy names the place in capitals', "FORM-ACTION 'self' HTTPS://ID.example"],
    [
      'two policies name the place',
      ['form-action https://id.example', "default-src 'self'; form-action https://id.example"],
    ],
    ['another directive only ends alike', "x-form-action 'none'"],
  ])('redirects where %s', (_why, policy) => {
    const answer = post(policy)
    expect(answer).toMatchObject({ status: 303, body: '' })
    expect(answer.headers).toMatchObject({ location })
    expect(answer.headers).not.toHaveProperty('refresh')
  })

  it.each([
    [
      'the default of helmet is in force',
      "default-src 'self';base-uri 'self';form-action 'self';frame-ancestors 'self'",
    ],
    ['no form is allowed', "form-action 'none'"],
    ['another place is named', 'form-action https://id.example.evil https://another.example'],
    ['one of two policies forbids it', ['form-action https://id.example', "form-action 'self'"]],
    ['one of two policies in one header forbids it', "form-action https://id.example, form-action 'self'"],
    ['the directive is in capitals', "Form-Action 'self'"],
  ])('moves on by the Refresh header of a page where %s (CSP Level 3 section 6.4.1)', (_why, policy) => {
    const answer = post(policy)
    expect(answer.status).toBe(200)
    expect(answer.headers['refresh']).toBe(`0; url=${location}`)
    expect(answer.headers).not.toHaveProperty('location')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('never writes the URL, which can carry an ID token, into the page', () => {
    expect(post("form-action 'self'").body).toMatch(/Signing out(?!.*SECRET-TOKEN)/s)
  })

  it.each([
    ['a link', { method: 'GET' }],
    ['a program that accepts anything', { headers: { accept: '*/*' } }],
    ['a program that says nothing', { headers: {} }],
  ])('redirects %s whatever the policy: no form of a page was posted', (_who, parts) => {
    const answer = post("form-action 'self'", parts)
    expect(answer.headers).toMatchObject({ location })
    expect(answer.headers).not.toHaveProperty('refresh')
  })
})
