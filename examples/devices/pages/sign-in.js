'use strict'

const { ACCOUNTS, FIRST_PASSWORD } = require('../accounts.js')
const { html } = require('./html.js')
const { csrf, input, layout, noteForm, status } = require('./layout.js')

function signInPage({ notice, error, name, note, token }) {
  const names = [...ACCOUNTS].map(([account, { operator }]) => {
    return html`<li>
      <strong>${account}</strong>${operator && ', who can also end the sessions of others'}
    </li>`
  })
  const content = html`<div class="narrow">
    ${!error && status(notice)}
    <h1>See where you are signed in</h1>
    <p>
      Sign in here with two browsers, to the same account. Each shows both, and can sign the other
      out. The password of these accounts is <strong>${FIRST_PASSWORD}</strong>, until you change
      it:
    </p>
    <ul>
      ${names}
    </ul>
    <form class="card stack" method="post" action="/sign-in">
      ${csrf(token)}
      ${input({
        name: 'name',
        label: 'Name',
        value: name,
        error,
        attributes: html`maxlength="40" autocomplete="username" autocapitalize="none"`,
      })}
      ${input({
        name: 'password',
        label: 'Password',
        type: 'password',
        attributes: html`maxlength="200" autocomplete="current-password"`,
      })}
      <label class="check">
        <input type="checkbox" name="remember" value="yes" />
        Remember me for 30 days, also when I close the browser
      </label>
      <button class="primary">Sign in</button>
    </form>
    ${noteForm(note, token)}
  </div>`
  return layout('Sign in', content)
}

module.exports = { signInPage }
