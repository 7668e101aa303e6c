'use strict'

const { STATUS_CODES } = require('node:http')
const { describe } = require('./device.js')
const { html } = require('./html.js')
const { button, csrf, layout, status } = require('./layout.js')
const { time } = require('./time.js')

function signInPage({ notice, error, name, token }) {
  const content = html`<div class="narrow">
    ${status(notice)}
    <h1>See where you are signed in</h1>
    <p>
      Sign in here with two browsers, under the same name. Each will show both, and can end the
      other.
    </p>
    <form class="card sign-in" method="post" action="/sign-in">
      ${csrf(token)}
      <label for="name">Your name</label>
      <input
        id="name"
        name="name"
        value="${name}"
        maxlength="40"
        required
        autocomplete="username"
        aria-describedby="${error ? 'error hint' : 'hint'}"
        aria-invalid="${String(error !== undefined)}"
      />
      ${error && html`<p class="error" id="error">${error}</p>`}
      <p class="hint" id="hint">Any name will do: this example asks no password.</p>
      <button class="primary">Sign in</button>
    </form>
  </div>`
  return layout('Sign in', content)
}

function devicesPage({ name, devices, notice, token }) {
  const items = devices.toSorted(byActivity).map((device) => deviceItem(device, token))
  const others = devices.some((device) => !device.current)
    ? button('/devices/end-others', 'End all others', token)
    : html`<p class="hint">You are not signed in anywhere else.</p>`
  const content = html`<header>
      <div>
        <h1>Your devices</h1>
        <p class="hint">Signed in as <strong>${name}</strong></p>
      </div>
      ${button('/sign-out', 'Sign out', token)}
    </header>
    ${status(notice)}
    <ul class="devices">
      ${items}
    </ul>
    <section class="actions" aria-label="All devices">
      ${others} ${button('/sign-out-everywhere', 'Sign out everywhere', token, { kind: 'danger' })}
    </section>`
  return layout('Your devices', content)
}

function deviceItem({ id, values, createdAt, current }, token) {
  const { kind, text } = describe(values.agent)
  return html`<li class="card device">
    <span class="icon ${kind}" aria-hidden="true"></span>
    <div>
      <h2>${text} ${current && html`<span class="badge">This device</span>`}</h2>
      <dl>
        <div>
          <dt>Last active</dt>
          <dd>${time(toDate(values.seen ?? createdAt))}</dd>
        </div>
        <div>
          <dt>Signed in</dt>
          <dd>${time(toDate(values.signed_in ?? createdAt))}</dd>
        </div>
        <div>
          <dt>Address</dt>
          <dd>${values.address ?? 'unknown'}</dd>
        </div>
      </dl>
    </div>
    ${!current && button(`/devices/${id}/end`, 'End', token, { about: text })}
  </li>`
}

// This device first, then the one used last.
function byActivity(a, b) {
  return b.current - a.current || toDate(b.values.seen) - toDate(a.values.seen)
}

function toDate(value) {
  return new Date(Number(value))
}

// Words that say what to do, not what went wrong inside.
const ERRORS = {
  401: ['Please sign in', 'You are not signed in, or not any more.'],
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

function errorPage(code, errorCode) {
  const other = [
    STATUS_CODES[code] ?? 'Error',
    'Something went wrong. Please go back and try again.',
  ]
  const [title, text] = ERRORS[errorCode] ?? ERRORS[code] ?? other
  const content = html`<div class="narrow">
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a href="/">${code === 401 ? 'Go to the sign-in page' : 'Go to your devices'}</a></p>
  </div>`
  return layout(title, content)
}

module.exports = { devicesPage, errorPage, signInPage }
