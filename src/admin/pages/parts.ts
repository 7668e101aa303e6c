import type { FieldView } from '../field-view.js'
import { shorten } from '../format.js'
import { html, type Html } from '../html.js'
import type { Search } from '../search.js'

export function fieldAndValue(view: FieldView, { field, text }: Search): Html {
  return html`<strong>${view.label(field)}</strong> <strong><bdi>${shorten(text)}</bdi></strong>`
}

export function link({ query }: Search, text: Html | string): Html {
  return html`<a href="./?${query}">${text}</a>`
}

/** A link that looks like the button beside it. */
export function linkButton({ query }: Search, text: string): Html {
  return html`<a class="button" href="./?${query}">${text}</a>`
}

/** A name and its value, in a `<dl>`. */
export function term(name: string, value: Html | string): Html {
  return html`<div>
    <dt><bdi>${name}</bdi></dt>
    <dd><bdi>${value}</bdi></dd>
  </div>`
}
