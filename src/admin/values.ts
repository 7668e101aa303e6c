import { inspect } from 'node:util'
import { html, type Html } from './html.js'

/** In characters; a longer value is cut. */
const LONGEST = 200

/** A field's value of any kind, as a text that is not too long to read. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? value : toText(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function toText(value: unknown): string {
  if (value instanceof Date) return dateText(value)
  if (typeof value === 'bigint') return String(value)
  // Whatever a codec makes has a text here, also a Map or a cycle.
  return inspect(value, { customInspect: false, breakLength: Infinity })
}

export function showTime(date: Date): Html {
  const text = dateText(date)
  return html`<time datetime="${text}">${text.slice(0, 19).replace('T', ' ')} UTC</time>`
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString()
}
