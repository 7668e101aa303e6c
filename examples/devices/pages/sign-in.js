'use strict'

const { ACCOUNTS, FIRST_PASSWORD } = require('../accounts.js')
const { html } = require('./html.js')
const { csrf, input, layout, noteForm, status } = require('./layout.js')

// `demo` is the demo account that the visitor has chosen.
function signInPage({ notice, error, name, remember, demo, note, token }) {
  const names = [...ACCOUNTS.keys()].map(
    (account) => html`<li><a class="button" href="/?as=${account}">${account}</a></li>`,
  )
  const content = html`${!error && !demo && status(notice)}
    <h1>Sign in</h1>
    <div class="columns">
      <form class="card stack" method="post" action="/sign-in">
        ${csrf(token)} ${error && html`<p class="error" id="error" role="alert">${error}</p>`}
        ${input({
          name: 'name',
          label: 'Name',
          value: demo ?? name,
          attributes: html`maxlength="40" autocomplete="username" autocapitalize="none"`,
        })}
        ${input({
          name: 'password',
          label: 'Password',
          type: 'password',
          value: demo && FIRST_PASSWORD,
          attributes: html`maxlength="200"
          autocomplete="current-password"${error && html` aria-describedby="error" autofocus`}`,
        })}
        <label class="check">
          <input type="checkbox" name="remember" value="yes" ${remember && html`checked`} />
          <span>Remember me for 30 days, also when I close the browser</span>
        </label>
        <button class="primary" ${demo && html`autofocus`}>Sign in</button>
      </form>
      <section aria-labelledby="accounts" class="card stack">
        <h2 id="accounts">Accounts to try it with</h2>
        <ul class="choices">
          ${names}
        </ul>
        <p>The password is <strong>${FIRST_PASSWORD}</strong>, until you change it.</p>
        <p class="hint">
          Sign in to one account with two browsers: each sees the other, and can sign it out. An
          operator can end everybody’s sessions.
        </p>
      </section>
    </div>
    <details ${note && html`open`}>
      <summary>Keep a note before you sign in</summary>
      ${noteForm(note, token)}
    </details>`
  return layout('Sign in', content)
}

module.exports = { signInPage }
