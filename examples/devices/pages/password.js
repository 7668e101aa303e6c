'use strict'

const { html } = require('./html.js')
const { csrf, input, layout, signedInHeader } = require('./layout.js')

function passwordPage({ name, operator, on, error, token, binding }) {
  const content = html`<div class="narrow">
    <div>
      <h1>Change your password</h1>
      <p class="hint">Every other device is signed out then. This one stays signed in.</p>
    </div>
    <form class="card stack" method="post" action="/password">
      ${csrf(token)}
      <input type="text" name="name" value="${name}" autocomplete="username" hidden />
      ${input({
        name: 'old',
        label: 'Old password',
        type: 'password',
        error: on === 'old' && error,
        attributes: html`maxlength="200" autocomplete="current-password"`,
      })}
      ${input({
        name: 'password',
        label: 'New password',
        type: 'password',
        error: on === 'password' && error,
        hint: on !== 'password' && 'At least 8 characters.',
        attributes: html`minlength="8" maxlength="200" autocomplete="new-password"`,
      })}
      <button class="primary">Change the password</button>
    </form>
  </div>`
  const header = signedInHeader({ name, operator, token, here: '/password', binding })
  return layout('Change your password', content, header)
}

module.exports = { passwordPage }
