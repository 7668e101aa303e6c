import { html } from './html.js'

/** Two sets and a member of both. */
const SHAPES = html`<rect x="1.5" y="6.5" width="19" height="19" rx="8.5" />
  <rect x="11.5" y="6.5" width="19" height="19" rx="8.5" />
  <circle cx="16" cy="16" r="2.25" fill="currentColor" stroke="none" />`

/** The mark in a page, beside the name. */
export const MARK = html`<svg
  class="mark"
  viewBox="0 0 32 32"
  fill="none"
  stroke="currentColor"
  stroke-width="2.25"
  aria-hidden="true"
>
  ${SHAPES}
</svg>`

/** The icon of the browser's tab, also in `docs/images`. Its colour is visible on white and on black. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" color="#12898d" stroke="currentColor" stroke-width="2.25">
  ${SHAPES.toString()}
</svg>
`
