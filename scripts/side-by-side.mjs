/**
 * Runs scripts of package.json side by side. The last one prints as it goes, the others when they have ended. Fails
 * if any of them fails: `node scripts/side-by-side.mjs types lint test:all`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const names = process.argv.slice(2)
const last = names.pop()
const codes = await Promise.all([...names.map(runQuietly), run(last, 'inherit').code])
process.exitCode = Math.max(...codes)

async function runQuietly(name) {
  const { child, code } = run(name, 'pipe')
  const printed = await Promise.all([text(child.stdout), text(child.stderr)])
  process.stdout.write(printed.join(''))
  return code
}

function run(name, output) {
  const child = spawn('npm', ['run', name], { stdio: ['ignore', output, output] })
  const code = once(child, 'close').then(([status]) => status ?? 1)
  return { child, code }
}
