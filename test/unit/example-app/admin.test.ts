// Whose claims open the admin page of the example app.
import { describe, expect, it } from 'vitest'

const { isAdmin }: { isAdmin(claims: Readonly<Record<string, unknown>>): boolean } = await import(
  new URL('../../../example-app/routes/admin.js', import.meta.url).href
)

describe('isAdmin', () => {
  it.each([{ role: 'admin' }, { role: ['reader', 'admin'] }, { roles: ['admin'] }, { groups: ['everyone', 'admin'] }])(
    'takes %j for an administrator',
    (claims) => {
      expect(isAdmin(claims)).toBe(true)
    },
  )

  it.each([
    {},
    { role: 'administrator' },
    { role: 'Admin' },
    { roles: 'reader,admin' },
    { groups: [] },
    { groups: [{ groupId: 'admin' }] },
    { role: { admin: true } },
    { role: null },
    { name: 'admin', preferred_username: 'admin' },
  ])('does not take %j for one', (claims) => {
    expect(isAdmin(claims)).toBe(false)
  })
})
