/**
 * Checks the Lua of all scripts, as it is sent to Redis: the complete string of each. Where luacheck is
 * missing it says so and passes; in CI it is installed.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const OPTIONS = ['--std', 'lua51', '--globals', 'redis', 'KEYS', 'ARGV', 'cjson', '--codes']

const isMissing = () => spawnSync('luacheck', ['--version']).error !== undefined

if (isMissing() && process.env.CI === 'true' && process.getuid?.() === 0) install()
if (isMissing()) {
  console.log('luacheck is missing, so no Lua was checked: apt-get install lua-check')
} else {
  const scripts = await findScripts()
  if (scripts.length === 0) throw new Error('No script was found')
  const warnings = scripts.flatMap(check)
  for (const warning of warnings) console.log(warning)
  console.log(`Found ${warnings.length} warnings in the Lua of ${scripts.length} scripts.`)
  if (warnings.length > 0) process.exitCode = 1
}

/** All that is exported with its Lua, from all files. */
async function findScripts() {
  const file = fileURLToPath(new URL('lua-scripts.mjs', import.meta.url))
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' })
  return Object.entries(module.modules).flatMap(([path, exported]) =>
    Object.entries(exported).flatMap(([name, value]) =>
      typeof value?.lua === 'string'
        ? [{ name: `${path.slice('../'.length)} ${name}`, lua: value.lua }]
        : [],
    ),
  )
}

/** Its warnings, each with the line of the script. */
function check({ name, lua }) {
  const { status, stdout, stderr } = spawnSync(
    'luacheck',
    ['-', '--formatter', 'plain', ...OPTIONS],
    { input: lua, encoding: 'utf8' },
  )
  if (!(status <= 2)) throw new Error(`luacheck failed on ${name}: ${stderr || stdout}`)
  const lines = lua.split('\n')
  const warnings = stdout.matchAll(/^stdin:(\d+):\d+: (.*)$/gm)
  return Array.from(warnings, ([, line, message]) => {
    return `${name}, line ${line}: ${message}\n    ${lines[line - 1].trim()}`
  })
}

function install() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (...args) => execFileSync('apt-get', args, { env, stdio: 'pipe' })
  run('update')
  run('install', '-y', '--no-install-recommends', 'lua-check')
}
