'use strict'

const { html } = require('./html.js')
const { button, layout, signedInHeader } = require('./layout.js')

// Asks before devices are signed out. `action` is where the answer goes, `text` is html`…`.
function confirmPage({ name, operator, token, binding, title, text, action, yes }) {
  const content = html`<div class="card narrow">
    <h1>${title}</h1>
    ${text}
    <div class="actions">
      ${button(action, yes, token, 'danger')}
      <a class="button" href="/">Cancel</a>
    </div>
  </div>`
  return layout(title, content, signedInHeader({ name, operator, token, binding }))
}

module.exports = { confirmPage }
