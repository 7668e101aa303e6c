'use strict'

const { STATUS_CODES } = require('node:http')
const { html } = require('./html.js')
const { layout, signedInHeader } = require('./layout.js')

// Title, text, and another label for the link.
const ERRORS = {
  403: [
    'That did not work',
    'The form was too old, or it came from another site. Nothing was changed. Please try again.',
  ],
  404: ['Not found', 'There is nothing here.'],
  503: [
    'Try again in a moment',
    'The sessions cannot be reached right now. This does not sign you out.',
    'Try again',
  ],
  ERR_SESSION_SUPERSEDED: [
    'One moment',
    'This browser has just signed in with another request. Please try again in half a minute.',
    'Try again',
  ],
}

// `name` is set if the visitor is signed in.
function errorPage({ status, code, name, operator, token, binding }) {
  const other = [
    STATUS_CODES[status] ?? 'Error',
    'Something went wrong. Please go back and try again.',
  ]
  const [title, text, link] = ERRORS[code] ?? ERRORS[status] ?? other
  const content = html`<div class="card narrow">
    <h1>${title}</h1>
    <p>${text}</p>
    <div class="actions">
      <a class="button" href="/">
        ${link ?? (name ? 'Go to your devices' : 'Go to the sign-in page')}
      </a>
    </div>
  </div>`
  return layout(title, content, name && signedInHeader({ name, operator, token, binding }))
}

module.exports = { errorPage }
