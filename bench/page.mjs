/** Writes the newest results into docs/performance.md, docs/guide/scaling.md and docs/comparison.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { fillPage } from './report/page.mjs'
import { fillComparison } from './report/peers.mjs'

await fill('performance.md', fillPage)
await fill('guide/scaling.md', fillPage)
await fill('comparison.md', fillComparison)

async function fill(name, withResults) {
  const page = fileURLToPath(new URL(`../docs/${name}`, import.meta.url))
  await writeFile(page, await withResults(await readFile(page, 'utf8')))
}
