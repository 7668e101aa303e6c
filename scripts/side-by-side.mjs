/**
 * Runs scripts of package.json side by side, and prints what each of them said when it has ended. Fails if
 * any of them fails: `node scripts/side-by-side.mjs types lint`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const codes = await Promise.all(process.argv.slice(2).map(run))
process.exitCode = Math.max(...codes)

async function run(name) {
  const child = spawn('npm', ['run', name], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], ...printed] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  process.stdout.write(printed.join(''))
  return code ?? 1
}
