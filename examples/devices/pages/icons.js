'use strict'

const { html } = require('./html.js')

// The mark of the pages: two sets, and a member of both. public/icon.svg is the same.
const MARK = html`<svg
  class="mark"
  viewBox="0 0 32 32"
  fill="none"
  stroke="currentColor"
  stroke-width="2.25"
  aria-hidden="true"
>
  <rect x="1.5" y="6.5" width="19" height="19" rx="8.5" />
  <rect x="11.5" y="6.5" width="19" height="19" rx="8.5" />
  <circle cx="16" cy="16" r="2.25" fill="currentColor" stroke="none" />
</svg>`

const DEVICES = {
  computer: html`<rect x="4.5" y="6" width="23" height="15.5" rx="2.5" /><path d="M2 26h28" />`,
  tablet: html`<rect x="6.5" y="3" width="19" height="26" rx="3" /><path d="M14 25h4" />`,
  phone: html`<rect x="9" y="3" width="14" height="26" rx="3" /><path d="M14.5 25h3" />`,
}

function deviceIcon(kind) {
  return html`<svg
    class="icon"
    viewBox="0 0 32 32"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    aria-hidden="true"
  >
    ${DEVICES[kind]}
  </svg>`
}

module.exports = { deviceIcon, MARK }
