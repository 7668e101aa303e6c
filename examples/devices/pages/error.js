'use strict'

const { STATUS_CODES } = require('node:http')
const { html } = require('./html.js')
const { layout } = require('./layout.js')

// Words that say what to do, not what went wrong inside.
const ERRORS = {
  403: [
    'That did not work',
    'The form was too old, or it came from another site. Nothing was changed. Please try again.',
  ],
  404: ['Not found', 'There is nothing here. If it was a device, it is signed out already.'],
  503: [
    'Try again in a moment',
    'The sessions cannot be reached right now. This does not sign you out.',
  ],
  ERR_SESSION_SUPERSEDED: [
    'One moment',
    'This browser has just signed in with another request. Please try again in half a minute.',
  ],
}

function errorPage(status, code) {
  const other = [
    STATUS_CODES[status] ?? 'Error',
    'Something went wrong. Please go back and try again.',
  ]
  const [title, text] = ERRORS[code] ?? ERRORS[status] ?? other
  const content = html`<div class="narrow">
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a href="/">Go to your devices</a></p>
  </div>`
  return layout(title, content)
}

module.exports = { errorPage }
