'use strict'

// The frame of every page, and the parts that several pages have.

const { html } = require('./html.js')

function layout(title, content) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html>`
}

// Every button is a form of its own: without client script, only a form can send a POST.
// `about` is for those who hear the page, and would hear "End" several times over.
function button(action, text, token, { kind = 'plain', about } = {}) {
  const more = about && html`<span class="unseen">: ${about}</span>`
  return html`<form method="post" action="${action}">
    ${csrf(token)}
    <button class="${kind}">${text}${more}</button>
  </form>`
}

function csrf(token) {
  return html`<input type="hidden" name="csrf" value="${token}" />`
}

function status(notice) {
  return notice && html`<p class="notice" role="status">${notice}</p>`
}

module.exports = { button, csrf, layout, status }
