/** Writes the newest results into docs/performance.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { fillPage } from './report/page.mjs'

const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url))
await writeFile(page, await fillPage(await readFile(page, 'utf8')))
