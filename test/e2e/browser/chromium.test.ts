import { afterEach, expect, test, vi } from 'vitest'
import { findChromium, launchOptions } from '../../../scripts/chromium.mjs'

afterEach(() => void vi.unstubAllEnvs())

test('a CHROMIUM_PATH that is no program fails with one line that says what to do', () => {
  for (const path of ['/nowhere/chromium', import.meta.filename, '/tmp']) {
    vi.stubEnv('CHROMIUM_PATH', path)
    expect(findChromium).toThrow(`CHROMIUM_PATH is ${path}, not a program: apt-get install`)
    expect(launchOptions).toThrow(/^.*$/)
  }
  vi.stubEnv('CHROMIUM_PATH', process.execPath)
  expect(findChromium()).toBe(process.execPath)
})

test('without any browser it says so', () => {
  vi.stubEnv('CHROMIUM_PATH', '')
  vi.stubEnv('PATH', '/nowhere')
  expect(findChromium).toThrow(/^Chromium is missing: apt-get install chromium, or set/)
})
