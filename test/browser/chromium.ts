// Debian's Chromium, driven by playwright-core; every page is watched for policy violations and console errors.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'

const executable = spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout.trim()

/** Whether browser tests can run. In CI a missing Chromium is a failure, not a reason to skip. */
export function hasChromium(): boolean {
  if (executable !== '') return true
  if (process.env['CI'] === 'true') throw new Error('CI has no chromium: .ci/run has to install it')
  console.warn('The browser tests are skipped: there is no chromium on the PATH (apt-get install chromium).')
  return false
}

/** A page and what its browser complained about. */
export interface WatchedPage {
  readonly page: Page
  readonly complaints: string[]
}

/** A browser of one test, with an empty profile; `close` ends it. */
export interface TestChromium {
  /** A new tab. */
  open(): Promise<WatchedPage>
  /** A tab of another browser, of the same person unless another one is given: it shares no cookies with the others. */
  openElsewhere(person?: BrowserContextOptions): Promise<WatchedPage>
  /** Forgets all cookies of this browser, the app's and the provider's. */
  clearCookies(): Promise<void>
  close(): Promise<void>
}

const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

/** How a test wants its browser: switches of the command line, and how somebody has set it up. */
export interface ChromiumOptions {
  readonly switches?: readonly string[]
  readonly person?: BrowserContextOptions | undefined
}

/** Starts Chromium without a sandbox (CI runs as root) and without traffic of its own. */
export async function startChromium({ switches = [], person = {} }: ChromiumOptions = {}): Promise<TestChromium> {
  const browser = await launch(switches)
  return { ...profileIn(browser, person), close: () => browser.close() }
}

/**
 * A Chromium for all tests of the file or `describe` in which it is called, with an empty profile for each. Read its
 * members in tests; `close` ends the profile.
 */
export function useChromium(switches: readonly string[] = []): TestChromium {
  const profile = {} as TestChromium
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await launch(switches)
  })
  beforeEach(() => {
    if (browser) Object.assign(profile, profileIn(browser))
  })
  afterEach(() => profile.close())
  afterAll(() => browser?.close())
  return profile
}

/** A tab for each test; its browser must have no complaints about it when the test ends. */
export function useTab(browser: TestChromium): WatchedPage {
  const tab = {} as { page: Page; complaints: string[] }
  beforeEach(async () => {
    Object.assign(tab, await browser.open())
  })
  afterEach(async () => {
    await tab.page.close()
    expect(tab.complaints).toEqual([])
  })
  return tab
}

function launch(switches: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox', ...quiet, ...switches] })
}

/** Cookies and storage of its own, in a browser that others may use as well. */
function profileIn(browser: Browser, person: BrowserContextOptions = {}): TestChromium {
  const contexts: BrowserContext[] = []
  const addContext = async (options: BrowserContextOptions): Promise<BrowserContext> => {
    const context = await browser.newContext(options)
    contexts.push(context)
    return context
  }
  let own: Promise<BrowserContext> | undefined
  const ownContext = (): Promise<BrowserContext> => (own ??= addContext(person))
  return {
    open: async () => await openPage(await ownContext()),
    openElsewhere: async (other = person) => await openPage(await addContext(other)),
    clearCookies: async () => await (await ownContext()).clearCookies(),
    close: async () => void (await Promise.all(contexts.splice(0).map((context) => context.close()))),
  }
}

/** Starts one whose owner has set it to block all cookies, as chrome://settings/cookies does. */
export async function startChromiumWithoutCookies(): Promise<Pick<TestChromium, 'open' | 'close'>> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  mkdirSync(join(profile, 'Default'))
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } }
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const args = ['--no-sandbox', ...quiet]
  const context = await chromium.launchPersistentContext(profile, { executablePath: executable, args })
  return {
    open: () => openPage(context),
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

async function openPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, complaints }
}
