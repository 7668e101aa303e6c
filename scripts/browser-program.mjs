/** Finds the browsers of the tests on this machine, and installs those that are missing. */
import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Returns the path of a browser: what its variable names, or the first of its programs on PATH. */
export function findBrowser({ name, variable, programs, debian, kinds }) {
  const named = process.env[variable]
  const path = named ? [named].find(isProgram) : onPath(programs)
  if (path) return path
  const what = named ? `${variable} is ${named}, not a program` : `${name} is missing`
  throw new Error(`${what}: apt-get install ${debian}, or set ${variable} to ${kinds}`)
}

/** Installs a browser if it is missing and this is root on Debian. Concurrent tests wait for the first. */
export async function installBrowser({ variable, programs, debian }) {
  if (process.env[variable] || onPath(programs) || process.getuid?.() !== 0) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = `apt-get install -y --no-install-recommends ${debian} fonts-dejavu-core`
  const script = `command -v ${debian} || { apt-get update && ${install}; }`
  try {
    await promisify(execFile)('flock', ['/var/lib/apt', 'sh', '-c', script], { env })
  } catch {
    // `findBrowser` fails then, and says what to do.
  }
}

function onPath(programs) {
  const folders = (process.env.PATH ?? '').split(':')
  const paths = programs.flatMap((name) => folders.map((folder) => join(folder, name)))
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
