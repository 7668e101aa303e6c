import theme from 'vitepress/theme-without-fonts'
import { h } from 'vue'
import mark from '../mark.svg'
// oxlint-disable-next-line import/no-unassigned-import -- how Vite adds a style sheet
import './style.css'

export default {
  extends: theme,
  Layout: () =>
    h(theme.Layout, null, {
      'home-hero-image': () => h('img', { class: 'VPImage image-src', src: mark, alt: '' }),
    }),
}
