import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import {
  addressOf,
  emptyCorners,
  NO_PAGES,
  relativeLinks,
  REPOSITORY,
  ROOT,
  slugify,
} from './pages.mjs'
import { sidebar } from './sidebar.mjs'

const { name, description } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'))
const svg = readFileSync(new URL('mark.svg', import.meta.url), 'utf8')
const mark = `data:image/svg+xml,${encodeURIComponent(svg)}`

/** On the server: the pages are outside of this folder, and do not find its packages. */
const vueOfPages = {
  name: 'vue-of-pages',
  enforce: 'pre',
  resolveId: (id, _importer, { ssr }) =>
    ssr && /^vue(?:\/|$)/.test(id) ? { id, external: true } : undefined,
}

export default defineConfig({
  lang: 'en',
  title: name,
  description,
  srcDir: ROOT,
  srcExclude: NO_PAGES,
  rewrites: addressOf,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: mark }]],
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => void md.use(relativeLinks).use(emptyCorners),
  },
  vite: {
    plugins: [vueOfPages],
    // In kB. The index of the search is one file, loaded when somebody searches.
    build: { chunkSizeWarningLimit: 1000 },
  },
  // The landing page has no <main> of its own.
  transformHtml: (html) => html.replace('<div class="VPHome', '<div role="main" class="VPHome'),
  themeConfig: {
    logo: { src: mark, alt: '' },
    nav: [
      { text: 'Guide', link: '/guide/sign-in', activeMatch: '^/guide/(?!api)' },
      { text: 'How it works', link: '/how-it-works' },
      { text: 'Guarantees', link: '/guarantees' },
      { text: 'API', link: '/guide/api', activeMatch: '^/(?:guide/)?api' },
      { text: 'Changelog', link: '/changelog' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
})
