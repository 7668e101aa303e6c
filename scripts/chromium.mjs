/** Finds the browser that the tests of the example, and its screenshots, are made with. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** The path of Chromium: the one that CHROMIUM_PATH names, else one on PATH. */
export function findChromium() {
  const path = process.env.CHROMIUM_PATH || onPath()
  if (path) return path
  throw new Error(
    'Chromium is missing: apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome',
  )
}

/** Where there is none, and this is root on Debian, it is installed. */
export function installChromium() {
  if (process.env.CHROMIUM_PATH || onPath() || process.getuid?.() !== 0) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync('apt-get', ['update'], { env, stdio: 'pipe' })
    const args = ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']
    execFileSync('apt-get', args, { env, stdio: 'pipe' })
  } catch {
    // Only the tests that need it fail, and say what to do.
  }
}

/** What to start it with. As root it refuses to run with its sandbox. */
export function launchOptions() {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return { executablePath: findChromium(), args }
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(':')
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
