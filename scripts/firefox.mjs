/** Finds Firefox for the browser tests. */
import { findBrowser, installBrowser } from './browser-program.mjs'

const FIREFOX = {
  name: 'Firefox',
  variable: 'FIREFOX_PATH',
  programs: ['firefox-esr', 'firefox'],
  debian: 'firefox-esr',
  kinds: 'a Firefox',
}

export const findFirefox = () => findBrowser(FIREFOX)
export const installFirefox = () => installBrowser(FIREFOX)
