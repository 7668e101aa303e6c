/** Finds Chromium for the browser tests and the screenshots. */
import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** Returns the path of Chromium: CHROMIUM_PATH, or the first one on PATH. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH
  const path = named ? [named].find(isProgram) : onPath()
  if (path) return path
  const what = named ? `CHROMIUM_PATH is ${named}, not a program` : 'Chromium is missing'
  throw new Error(`${what}: apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome`)
}

/**
 * Installs Chromium if it is missing and this is root on Debian. Concurrent tests wait for the first.
 */
export async function installChromium() {
  if (process.env.CHROMIUM_PATH || onPath() || process.getuid?.() !== 0) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = 'apt-get install -y --no-install-recommends chromium fonts-dejavu-core'
  const script = `command -v chromium || { apt-get update && ${install}; }`
  try {
    await promisify(execFile)('flock', ['/var/lib/apt', 'sh', '-c', script], { env })
  } catch {
    // `findChromium` fails then, and says what to do.
  }
}

export function launchOptions() {
  // There is nothing for a graphics card to do. Chromium refuses to run as root with its sandbox.
  const args = ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  return { executablePath: findChromium(), args }
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(':')
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return paths.find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
