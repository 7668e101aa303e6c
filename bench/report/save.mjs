import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))
const require = createRequire(import.meta.url)

/** Writes the results; returns the folder. */
export async function save(name, { out = RESULTS, result, svg }) {
  await mkdir(out, { recursive: true })
  await writeFile(join(out, `${name}.json`), `${JSON.stringify(result, rounded, 2)}\n`)
  if (svg !== undefined) await writeFile(join(out, `${name}.svg`), svg)
  return out
}

function rounded(_key, value) {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}

/** The machine and the versions that were measured. */
export async function conditions(redis) {
  const info = await redis.info('server')
  const [, version] = /^(?:valkey|redis)_version:(\S+)/m.exec(info)
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memory: totalmem(),
    node: process.version,
    server: `${info.includes('valkey_version') ? 'Valkey' : 'Redis'} ${version}`,
    packages: await packages(),
  }
}

async function packages() {
  const { dependencies } = require('../package.json')
  const versions = {}
  for (const name of Object.keys(dependencies)) {
    // Some packages do not export their package.json, and a smoke run has few of them installed.
    for (const folder of require.resolve.paths(name)) {
      try {
        versions[name] = JSON.parse(await readFile(join(folder, name, 'package.json'))).version
        break
      } catch {
        // Not in this folder.
      }
    }
  }
  return versions
}
