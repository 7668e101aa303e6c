'use strict'

// The frame of every page, and the parts that several pages have.

const { html } = require('./html.js')

// `header` is for those who are signed in; their pages follow what happens elsewhere (/live).
function layout(title, content, header) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
        <script type="module" src="/page.js"></script>
      </head>
      <body class="${header ? 'signed-in' : 'signed-out'}">
        ${header}
        <main>${content}</main>
      </body>
    </html>`
}

function signedInHeader({ name, operator, token, here }) {
  const link = (path, text) => {
    const current = path === here && html` aria-current="page"`
    return html`<li><a href="${path}" ${current}>${text}</a></li>`
  }
  return html`<header>
    <nav aria-label="Pages">
      <ul>
        ${link('/', 'Devices')} ${link('/password', 'Password')}
        ${operator && link('/admin', 'Operator')}
      </ul>
    </nav>
    <div class="account">
      <span>Signed in as <strong>${name}</strong></span>
      ${button('/sign-out', 'Sign out', token)}
    </div>
  </header>`
}

// Every button is a form of its own: without client script, only a form can send a POST.
// `about` is for those who hear the page, and would hear "Sign out" several times over.
function button(action, text, token, { kind = 'plain', about, id } = {}) {
  return html`<form method="post" action="${action}">
    ${csrf(token)}
    <button
      class="${kind}"
      ${id && html`id="${id}"`}
      ${about && html`aria-label="${text}: ${about}"`}
    >
      ${text}
    </button>
  </form>`
}

function csrf(token) {
  return html`<input type="hidden" name="csrf" value="${token}" />`
}

// The focus goes there when the page loads: so it is read out, and the keyboard goes on from it.
function status(notice) {
  return notice && html`<p class="notice" role="status" tabindex="-1" autofocus>${notice}</p>`
}

// An input with its label, and what is wrong with it. `attributes` is html`…`.
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
