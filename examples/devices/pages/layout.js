'use strict'

// The layout of every page, and parts that pages share.

const { html } = require('./html.js')
const { MARK } = require('./icons.js')

// With a `header` the visitor is signed in, and the page follows /live.
function layout(title, content, header) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Session Sets</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
        <script type="module" src="/page.js"></script>
      </head>
      <body class="${header ? 'signed-in' : 'signed-out'}">
        <header class="top">
          <div>
            <a class="brand" href="/">${MARK} Session Sets</a>
            ${header}
          </div>
        </header>
        <main>${content}</main>
      </body>
    </html>`
}

function signedInHeader({ name, operator, token, here, binding }) {
  const link = (path, text) => {
    const current = path === here && html` aria-current="page"`
    return html`<li><a href="${path}" ${current}>${text}</a></li>`
  }
  return html`<nav aria-label="Pages">
      <ul>
        ${link('/', 'Devices')} ${link('/password', 'Password')}
        ${binding && link('/binding', 'Binding')} ${operator && link('/admin', 'Operator')}
      </ul>
    </nav>
    <div class="account">
      <span class="who"><span>Signed in as </span><strong>${name}</strong></span>
      ${button('/sign-out', 'Sign out', token)}
    </div>`
}

// A form of its own: without scripts, only forms send a POST.
function button(action, text, token, kind = 'plain') {
  return html`<form method="post" action="${action}">
    ${csrf(token)}
    <button class="${kind}">${text}</button>
  </form>`
}

function csrf(token) {
  return html`<input type="hidden" name="csrf" value="${token}" />`
}

// Takes the focus, so that screen readers announce it and keyboards continue from it.
function status(notice) {
  return notice && html`<p class="notice" role="status" tabindex="-1" autofocus>${notice}</p>`
}

// An input with its label, hint and error. `attributes` is html`…`.
function input({ name, label, type = 'text', value, error, hint, attributes }) {
  const described = [error && `${name}-error`, hint && `${name}-hint`].filter(Boolean).join(' ')
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      ${value && html`value="${value}"`}
      ${described && html`aria-describedby="${described}"`}
      ${error && html`aria-invalid="true" autofocus`}
      required
      ${attributes}
    />
    ${error && html`<p class="error" id="${name}-error">${error}</p>`}
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`
}

function noteForm(note, token) {
  return html`<form class="card stack" method="post" action="/note">
    ${csrf(token)}
    <div class="field">
      <label for="note">A note in this session</label>
      <input
        id="note"
        name="note"
        value="${note}"
        maxlength="200"
        autocomplete="off"
        aria-describedby="note-hint"
      />
      <p class="hint" id="note-hint">
        Like a shopping basket: it stays when you sign in, and goes when you sign out. Other devices
        do not see it.
      </p>
    </div>
    <button>Keep the note</button>
  </form>`
}

module.exports = { button, csrf, input, layout, noteForm, signedInHeader, status }
