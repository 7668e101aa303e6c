/**
 * Loads Node's own modules in a way that bundlers leave alone. A bundle in ESM has no `require`: esbuild makes
 * one that throws.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const dist = join(import.meta.dirname, '../dist')

for (const path of await readdir(dist, { recursive: true })) {
  if (!/\.c?js$/.test(path)) continue
  const file = join(dist, path)
  const code = await readFile(file, 'utf8')
  await writeFile(
    file,
    code.replaceAll(/\brequire\(("node:[^"]+")\)/g, 'process.getBuiltinModule($1)'),
  )
}
