'use strict'

// What a form sends, made fit for use.

// A form can repeat a field, or leave it out. Then it is not text, and counts as empty.
function formField(ctx, name) {
  const value = ctx.request.body?.[name]
  return typeof value === 'string' ? value : ''
}

// Without characters that cannot be seen, and the same however an accent was typed.
function cleanText(text) {
  return text.normalize('NFC').replace(/\p{C}/gu, '').replace(/\s+/g, ' ').trim()
}

module.exports = { cleanText, formField }
