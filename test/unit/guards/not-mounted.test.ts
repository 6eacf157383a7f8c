import { describe, expect, it } from 'vitest'
import { notMounted } from '../../../src/guards/not-mounted.ts'

describe('notMounted', () => {
  it('names the guard, and is an error of the set-up', () => {
    const error = notMounted('requireAuth')
    expect(error).toMatchObject({ code: 'ERR_RP_NOT_MOUNTED', status: 500, expose: false })
    expect(error.message).toContain('requireAuth()')
  })
})
