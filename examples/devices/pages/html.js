'use strict'

// html`<p>${name}</p>` escapes every value not made by html`` itself.

class Html {
  #text

  constructor(text) {
    this.#text = text
  }

  toString() {
    return this.#text
  }
}

function html(strings, ...values) {
  return new Html(strings.reduce((text, string, i) => text + toHtml(values[i - 1]) + string))
}

// null, undefined and false render as nothing, for `condition && html`…``.
function toHtml(value) {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.toString()
  if (Array.isArray(value)) return value.map(toHtml).join('')
  return escape(String(value))
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text) {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character])
}

module.exports = { html }
