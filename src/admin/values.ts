import { inspect } from 'node:util'
import { html, type Html } from './html.js'

/** In characters; a longer value is cut. */
const LONGEST = 200

/** How many of each unit, in ms at first, make up one of the next. */
const UNITS = [
  ['second', 1000],
  ['minute', 60],
  ['hour', 60],
  ['day', 24],
  ['month', 30],
  ['year', 12],
] as const

const relative = new Intl.RelativeTimeFormat('en')

/** A field's value of any kind, as a text that is not too long to read. */
export function showValue(value: unknown): string {
  const text = toText(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** A field's value as a text. */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return dateText(value)
  if (typeof value === 'bigint') return String(value)
  // Whatever a codec makes has a text here, also a Map or a cycle.
  return inspect(value, { customInspect: false, breakLength: Infinity })
}

/** The same for a page. */
export function toHtml(value: unknown): Html | string {
  return value instanceof Date ? showTime(value) : showValue(value)
}

/** A time as people say it, and the exact one for those who point at it. */
export function showTime(date: Date): Html | string {
  const text = dateText(date)
  if (Number.isNaN(date.getTime())) return text
  return html`<time datetime="${text}" title="${text}">${say(date.getTime() - Date.now())}</time>`
}

/** @param distance - in ms; negative is past */
function say(distance: number): string {
  let amount = distance
  let said = 'now'
  for (const [unit, size] of UNITS) {
    amount /= size
    if (Math.abs(amount) < 0.95) break
    said = relative.format(Math.round(amount), unit)
  }
  return said
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString()
}
