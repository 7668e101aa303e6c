/** Text that is HTML already: what `html` made. */
export class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** What may stand in a template: `undefined` and `false` are nothing, so that `x && html`…`` can. */
type Part = Html | string | number | false | undefined | readonly Part[]

/** Makes HTML of a template. Whatever `html` did not make itself comes out as text. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + toHtml(parts[i - 1]) + string))
}

function toHtml(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.toString()
  if (typeof part === 'object') return part.map(toHtml).join('')
  return String(part).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
