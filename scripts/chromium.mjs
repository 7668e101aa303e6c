/** Finds the browser that the tests of the example, and its screenshots, are made with. */
import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** The path of Chromium: the one that CHROMIUM_PATH names, else one on PATH. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH
  const path = named ? [named].find(isProgram) : onPath()
  if (path) return path
  const what = named ? `CHROMIUM_PATH names ${named}, which is no program` : 'Chromium is missing'
  throw new Error(`${what}: apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome`)
}

/**
 * Where there is none, and this is root on Debian, it is installed: by the first of the tests that
 * need it, which run side by side; the others wait.
 */
export async function installChromium() {
  if (process.env.CHROMIUM_PATH || onPath() || process.getuid?.() !== 0) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = 'apt-get install -y --no-install-recommends chromium fonts-dejavu-core'
  const script = `command -v chromium || { apt-get update && ${install}; }`
  try {
    await promisify(execFile)('flock', ['/var/lib/apt', 'sh', '-c', script], { env })
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
