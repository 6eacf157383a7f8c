import { describe, expect, it } from 'vitest'
import { createOpenedRecords } from '../../../src/session/opened-records.ts'

const megabyte = 1024 * 1024

describe('createOpenedRecords', () => {
  it('knows a record by its id and all of its bytes', () => {
    const opened = createOpenedRecords<string>()
    opened.add('alice', 'sealed', 'facts', 1)
    expect(opened.find('alice', 'sealed')?.facts).toBe('facts')
    expect(opened.find('alice', 'sealeD')).toBeUndefined()
    expect(opened.find('bob', 'sealed')).toBeUndefined()
  })

  it('knows the latest bytes alone', () => {
    const opened = createOpenedRecords<string>()
    opened.add('alice', 'older', 'facts', 1)
    opened.add('alice', 'newer', 'newer facts', 1)
    expect(opened.find('alice', 'older')).toBeUndefined()
    expect(opened.find('alice', 'newer')?.facts).toBe('newer facts')
  })

  it('forgets whom it has not seen for long, and not who comes again and again', () => {
    const opened = createOpenedRecords<string>()
    opened.add('rare', 'sealed', 'facts', 1)
    opened.add('often', 'sealed', 'facts', 1)
    for (let number = 0; number < 5; number += 1) {
      opened.add(`large ${number}`, 'x'.repeat(megabyte), '', 1)
      expect(opened.find('often', 'sealed')?.facts).toBe('facts')
    }
    expect(opened.find('rare', 'sealed')).toBeUndefined()
  })

  it('holds no more than 4 MiB, however many come', () => {
    const opened = createOpenedRecords<string>()
    const ids = Array.from({ length: 40 }, (_, number) => `login ${number}`)
    for (const id of ids) opened.add(id, id.padEnd(megabyte / 2), '', 1)
    expect(ids.filter((id) => opened.find(id, id.padEnd(megabyte / 2)) !== undefined).length).toBeLessThanOrEqual(8)
  })

  it('counts each value of the facts: a list of empty objects is small as a text, and large in memory', () => {
    const opened = createOpenedRecords<string>()
    const ids = Array.from({ length: 40 }, (_, number) => `login ${number}`)
    for (const id of ids) opened.add(id, id, '', megabyte / 2 / 32)
    expect(ids.filter((id) => opened.find(id, id) !== undefined).length).toBeLessThanOrEqual(8)
  })

  it('keeps no record that would push out all others', () => {
    const opened = createOpenedRecords<string>()
    opened.add('alice', 'sealed', 'facts', 1)
    opened.add('huge', 'x'.repeat(3 * megabyte), 'facts', 1)
    expect(opened.find('huge', 'x'.repeat(3 * megabyte))).toBeUndefined()
    expect(opened.find('alice', 'sealed')?.facts).toBe('facts')
  })
})
