/** Finds Chromium for the browser tests and the screenshots. */
import { findBrowser, installBrowser } from './browser-program.mjs'

const CHROMIUM = {
  name: 'Chromium',
  variable: 'CHROMIUM_PATH',
  programs: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  debian: 'chromium',
  kinds: 'a Chromium or Chrome',
}

export const findChromium = () => findBrowser(CHROMIUM)
export const installChromium = () => installBrowser(CHROMIUM)

export function launchOptions() {
  // There is nothing for a graphics card to do. Chromium refuses to run as root with its sandbox.
  const args = ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  return { executablePath: findChromium(), args }
}
