/** Which files are pages, and where. They stay where GitHub and npm show them; links are relative between files. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

const { homepage } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8'))
export const REPOSITORY = homepage.replace(/#.*/, '')

/** Markdown that is no page: links to it lead to the repository. */
export const NO_PAGES = ['**/node_modules/**', '.github/**', 'examples/**', 'test/!(model)/**']

const ADDRESSES = {
  'README.md': 'overview.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'bench/README.md': 'benchmarks.md',
  'test/model/README.md': 'model.md',
}

/** The address of a page, by its path from the repository's root. */
export function addressOf(path) {
  return ADDRESSES[path] ?? path.replace(/^(?:docs|site)\//, '')
}

/** Names headings as GitHub does, so that links to them are the same. */
export function slugify(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

/** A plugin for markdown-it: links and pictures by the paths of files lead to pages, or to the repository. */
export function relativeLinks(md) {
  md.core.ruler.push('relative-links', ({ tokens, env }) => {
    const folder = dirname(env.realPath ?? env.path)
    for (const token of tokens.flatMap((block) => [block, ...(block.children ?? [])])) {
      const href = token.type === 'link_open' && token.attrGet('href')
      if (href) token.attrSet('href', leadTo(href, folder))
      if (token.type === 'html_block') token.content = themed(token.content)
    }
  })
}

/** A plugin for markdown-it: a table's empty corner is no heading. */
export function emptyCorners(md) {
  md.core.ruler.push('empty-corners', ({ tokens }) => {
    for (const [i, token] of tokens.entries()) {
      if (token.type !== 'th_open' || tokens[i + 1].content !== '') continue
      token.tag = 'td'
      tokens[i + 2].tag = 'td'
    }
  })
}

function leadTo(href, folder) {
  const [, path, rest] = /^([^?#]*)(.*)$/.exec(href)
  if (path === '' || path.startsWith('/') || /^[a-z]+:/.test(path)) return href
  const file = resolve(folder, decodeURI(path))
  const fromRoot = relative(ROOT, file)
  if (isPage(fromRoot)) return `/${addressOf(fromRoot)}${rest}`
  // A dead link stays as it is: the build names it, and fails.
  if (!existsSync(file)) return href
  const kind = statSync(file).isDirectory() ? 'tree' : 'blob'
  return `${REPOSITORY}/${kind}/HEAD/${fromRoot}${rest}`
}

function isPage(path) {
  return path in ADDRESSES || /^(?:docs|site\/api)\/.+\.md$/.test(path)
}

/** GitHub chooses a picture by the system's theme, the site by its own switch. */
function themed(html) {
  return html.replaceAll(
    /<picture>\s*<source [^>]*srcset="(.+?)">\s*<img src="(.+?)"([^>]*)>\s*<\/picture>/g,
    (_, dark, light, rest) =>
      `<img class="when-light" src="${local(light)}"${rest}><img class="when-dark" src="${local(dark)}"${rest}>`,
  )
}

/** scripts/set-repository.mjs makes pictures absolute. */
function local(path) {
  return path.replace(/^(?:https:.+\/HEAD\/)?(?!\.)/, './')
}
