// Which POSTs the example app takes for its own: the cases of the library's rule for sign-out.
import { describe, expect, it } from 'vitest'

type Guard = (request: { headers: Record<string, string> }, response: unknown, next: () => void) => void

const { ownSiteOnly }: { ownSiteOnly(origin: string): Guard } = await import(
  new URL('../../../example-app/same-site.js', import.meta.url).href
)

const own = 'https://app.example.com'

/** The status of the refusal; undefined when the request passed. */
function refusalOf(headers: Record<string, string>): number | undefined {
  let status: number | undefined
  const response = {
    status: (code: number) => {
      status = code
      return response
    },
    type: () => response,
    send: () => response,
  }
  let hasPassed = false
  ownSiteOnly(own)({ headers }, response, () => {
    hasPassed = true
  })
  expect(hasPassed).toBe(status === undefined)
  return status
}

describe('ownSiteOnly', () => {
  it.each([
    { 'sec-fetch-site': 'same-origin', origin: own },
    { 'sec-fetch-site': 'same-site', origin: 'https://www.example.com' },
    { origin: own },
    {},
  ])('lets %j pass', (headers) => {
    expect(refusalOf(headers)).toBeUndefined()
  })

  it.each([
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site', origin: own },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': '' },
    { origin: 'https://evil.example' },
    { origin: 'https://app.example.com.evil.example' },
    { origin: 'http://app.example.com' },
    { origin: 'null' },
  ])('refuses %j', (headers) => {
    expect(refusalOf(headers)).toBe(403)
  })
})
