'use strict'

const { html } = require('./html.js')

const relative = new Intl.RelativeTimeFormat('en')
// The server does not know the visitor's time zone.
const exact = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'long',
  timeZone: 'UTC',
})

// How many of each unit make one of the next.
const UNITS = [
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Infinity],
]

function ago(then, now = Date.now()) {
  // Never in the future, though clocks differ.
  let amount = Math.max(0, now - then) / 60_000
  if (amount < 0.75) return 'just now'
  for (const [unit, limit] of UNITS) {
    if (Math.round(amount) < limit) return relative.format(-Math.max(1, Math.round(amount)), unit)
    amount /= limit
  }
}

function time(date) {
  const [iso, title] = [date.toISOString(), exact.format(date)]
  return html`<time datetime="${iso}" title="${title}">${ago(date)}</time>`
}

module.exports = { time }
