import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { addressOf } from '../../../src/http/address.ts'
import { completeBaseUrl } from '../../../src/options-base-url.ts'

function requestTo(host: string | undefined): IncomingMessage {
  const rawHeaders = host === undefined ? [] : ['Host', host]
  return { rawHeaders, headers: { host }, socket: {} } as unknown as IncomingMessage
}

const list = ['https://a.example', 'https://b.example:8443', 'http://[::1]:3000', 'http://[::2]']

describe('addressOf', () => {
  it.each([
    ['a.example', 'https://a.example'],
    ['a.example:443', 'https://a.example'],
    ['A.EXAMPLE', 'https://a.example'],
    ['b.example:8443', 'https://b.example:8443'],
    ['[::1]:3000', 'http://[::1]:3000'],
    ['[::2]', 'http://[::2]'],
    ['[::2]:80', 'http://[::2]'],
  ])('finds for the host %s %s', (host, baseUrl) => {
    expect(addressOf(requestTo(host), completeBaseUrl(list)).baseUrl).toBe(baseUrl)
  })

  it.each([
    undefined,
    '',
    'evil.example',
    'evil-a.example',
    'a.example.evil.example',
    'www.a.example',
    'a.example.',
    'a.example:80',
    'a.example:0443',
    'a.example:8443',
    'b.example',
    'b.example:443',
    '[::1]',
    '::1',
    '[::0:1]:3000',
    'user@a.example',
    'a.example/',
    'a.example@evil.example',
    ' a.example',
    'a.example, evil.example',
    'https://a.example',
    '__proto__',
  ])('refuses the host %j by ERR_RP_HOST_UNKNOWN and repeats nothing of it (threats V3, V4)', (host) => {
    const act = () => addressOf(requestTo(host), completeBaseUrl(list))
    expect(act).toThrow(expect.objectContaining({ code: 'ERR_RP_HOST_UNKNOWN', status: 400 }))
    expect(act).not.toThrow(/evil|example\.com/)
  })

  it('does not look at the host where baseUrl is a text', () => {
    expect(addressOf(requestTo('evil.example'), completeBaseUrl('https://a.example')).baseUrl).toBe('https://a.example')
    expect(addressOf(requestTo(undefined), completeBaseUrl('https://a.example')).baseUrl).toBe('https://a.example')
  })
})
