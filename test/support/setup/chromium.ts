import { type BrowserServer, chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { installChromium, launchOptions } from '../../../scripts/chromium.mjs'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where Chromium is reached; or why there is none. */
    chromium: { endpoint: string } | { failure: string }
  }
}

/** One Chromium for all tests of a project. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  let server: BrowserServer | undefined
  try {
    await installChromium()
    server = await chromium.launchServer({ ...launchOptions(), host: '127.0.0.1' })
    provide('chromium', { endpoint: server.wsEndpoint() })
  } catch (error) {
    // Only the tests that need it fail.
    provide('chromium', { failure: String(error) })
  }
  return async () => server?.close()
}
