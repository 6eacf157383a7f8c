import { describe, expect, it } from 'vitest'
import { fromStoredJson, isOfVersion, toStoredJson } from '../../../src/session/stored-json.ts'

describe('toStoredJson and fromStoredJson', () => {
  it.each([1, 2])('give back what was written in version %d', (version) => {
    const text = toStoredJson({ a: [1, null], b: 'c' }, version)
    expect(JSON.parse(text)).toMatchObject({ formatVersion: version })
    expect(fromStoredJson(text, version)).toEqual({ a: [1, null], b: 'c' })
  })

  it('take a value without a version for the first one, as 0.1 wrote some', () => {
    expect(fromStoredJson('{"a":1}', 1)).toEqual({ a: 1 })
    expect(fromStoredJson('{"a":1}', 2)).toBeUndefined()
  })

  it.each([
    '{"formatVersion":2}',
    '{"formatVersion":"1"}',
    '{"formatVersion":null}',
    '[]',
    'null',
    '1',
    '"a"',
    'v9',
    '',
  ])('read nothing of another form: %s', (text) => {
    expect(fromStoredJson(text, 1)).toBeUndefined()
  })

  it('let no member of the value say another version', () => {
    const text = toStoredJson({ formatVersion: 9, a: 1 }, 1)
    expect(fromStoredJson(text, 1)).toEqual({ a: 1 })
  })
})

describe('isOfVersion', () => {
  it.each([
    [{}, true],
    [{ formatVersion: 1 }, true],
    [{ formatVersion: 2 }, false],
    [[], false],
    [null, false],
    [undefined, false],
    ['a', false],
  ])('judges %j: %s', (stored, expected) => {
    expect(isOfVersion(stored, 1)).toBe(expected)
  })
})
