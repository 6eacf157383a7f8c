// Ten tabs of one browser that begin a login at the same moment, each request answered by the next process.
import { TestBrowser } from 'express-relying-party/testing'
import { expect, it } from 'vitest'
import type { Fixture } from './use-stage.ts'

const numbers = Array.from({ length: 10 }, (_, tab) => tab)

export function bringsTabsToTheirPages(stage: Fixture, { withSession }: { readonly withSession: boolean }): void {
  const start = withSession ? 'with a session' : 'in a fresh browser'
  it(`all end on their own page, ${start}`, async () => {
    const { url } = stage.cluster
    stage.provider.user = { sub: 'alice' }
    const browser = new TestBrowser()
    if (withSession) await browser.get(`${url}/cart`)

    const pages = await Promise.all(numbers.map((tab) => browser.follow(`${url}/orders?tab=${tab}`)))

    expect(pages.map((page) => page.url)).toEqual(numbers.map((tab) => `${url}/orders?tab=${tab}`))
    expect(pages.map((page) => page.text)).toEqual(numbers.map(() => '{"sub":"alice"}'))
    expect((await browser.get(`${url}/me`)).json()).toMatchObject({ sub: 'alice' })
  })
}
