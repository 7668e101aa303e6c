/** Writes the newest results into docs/performance.md and docs/guide/scaling.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { fillPage } from './report/page.mjs'

for (const name of ['performance.md', 'guide/scaling.md']) {
  const page = fileURLToPath(new URL(`../docs/${name}`, import.meta.url))
  await writeFile(page, await fillPage(await readFile(page, 'utf8')))
}
