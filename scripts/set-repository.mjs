/**
 * Sets the repository's address wherever it is named, and makes the README's pictures absolute, so
 * that the package's page on npm shows them: `node scripts/set-repository.mjs owner/name`.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

const [repository = '', root = resolve(import.meta.dirname, '..')] = process.argv.slice(2)
if (!/^[\w-]+\/[\w.-]+$/.test(repository)) {
  console.error('Give the repository: node scripts/set-repository.mjs owner/name')
  process.exit(1)
}

const before = JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8')).homepage
const former = /^https:\/\/github\.com\/([^/]+\/[^/#]+)/.exec(before)[1]
const images = (name) => `https://raw.githubusercontent.com/${name}/HEAD/docs/images/`

await edit('package.json', (text) => text.replaceAll(`/${former}`, `/${repository}`))
for (const file of ['SECURITY.md', '.github/ISSUE_TEMPLATE/config.yml']) {
  await edit(file, (text) =>
    text.replaceAll(`//github.com/${former}/`, `//github.com/${repository}/`),
  )
}
await edit('README.md', (text) =>
  text
    .replaceAll(images(former), 'docs/images/')
    .replaceAll(/\b(src|srcset)="docs\/images\//g, `$1="${images(repository)}`),
)

async function edit(file, change) {
  const path = resolve(root, file)
  await writeFile(path, change(await readFile(path, 'utf8')))
}
