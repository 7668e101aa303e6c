import { inspect } from 'node:util'
import { html, type Html } from './html.js'

/** Longer values are cut, in characters. */
const MAX_LENGTH = 200

/** Each size is in the unit before; the first in ms. */
const UNITS = [
  ['second', 1000],
  ['minute', 60],
  ['hour', 60],
  ['day', 24],
  ['month', 30],
  ['year', 12],
] as const

// The server does not know the operator's time zone.
const exact = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'long',
  timeZone: 'UTC',
})
const relative = new Intl.RelativeTimeFormat('en')

export function formatValue(value: unknown): Html | string {
  return value instanceof Date ? formatTime(value) : shorten(value)
}

export function shorten(value: unknown): string {
  const text = valueToString(value)
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
}

export function valueToString(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return isoTime(value)
  if (typeof value === 'bigint') return String(value)
  // A codec may return anything: a Map, an object with a cycle.
  return inspect(value, { customInspect: false, breakLength: Infinity })
}

/** Relative to now; the exact time is its tooltip. */
export function formatTime(date: Date): Html | string {
  const text = isoTime(date)
  if (Number.isNaN(date.getTime())) return text
  const distance = date.getTime() - Date.now()
  return html`<time datetime="${text}" title="${text}">${relativeTime(distance)}</time>`
}

/** The full date and time in UTC, where there is room for it. */
export function exactTime(date: Date): Html | string {
  const text = isoTime(date)
  if (Number.isNaN(date.getTime())) return text
  return html`<time datetime="${text}">${exact.format(date)}</time>`
}

/** @param distance - in ms, negative for the past */
function relativeTime(distance: number): string {
  let amount = distance
  let text = 'now'
  for (const [unit, size] of UNITS) {
    amount /= size
    if (Math.abs(amount) < 0.95) break
    text = relative.format(Math.round(amount), unit)
  }
  return text
}

function isoTime(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString()
}

/** `1 session`, `2,000 sessions`. */
export function formatSessionCount(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'session' : 'sessions'}`
}
