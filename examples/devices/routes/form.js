'use strict'

// Missing and repeated fields count as empty.
function formField(ctx, name) {
  const value = ctx.request.body?.[name]
  return typeof value === 'string' ? value : ''
}

// Removes invisible characters, and normalizes accents and white space.
function cleanText(text) {
  return text.normalize('NFC').replace(/\p{C}/gu, '').replace(/\s+/g, ' ').trim()
}

module.exports = { cleanText, formField }
