import { formatValue, shorten } from './format.js'
import { html, type Html } from './html.js'

const MAX_COLUMNS = 3

/** Where a value in a table's column is cut, in characters. */
const MAX_CELL = 60

/** Which fields the pages show, under which names, and how. */
export interface FieldOptions {
  readonly fields: readonly string[] | undefined
  readonly labels: ReadonlyMap<string, string>
  readonly format: ReadonlyMap<string, (value: unknown) => unknown>
}

/** Labels and formats fields, for one request. */
export class FieldView {
  /** The fields that are columns of the table of sessions. */
  readonly columns: readonly string[]
  readonly #options: FieldOptions
  readonly #onError: (error: unknown) => void
  readonly #failed = new Set<string>()

  /** @param onError - called once for each field whose `format` fails */
  constructor(
    options: FieldOptions,
    references: readonly string[],
    onError: (error: unknown) => void,
  ) {
    this.columns = (options.fields ?? references).slice(0, MAX_COLUMNS)
    this.#options = options
    this.#onError = onError
  }

  label(name: string): string {
    return this.#options.labels.get(name) ?? name
  }

  value(name: string, value: unknown): Html | string {
    const format = this.#options.format.get(name)
    if (format === undefined) return formatValue(value)
    try {
      const text = format(value)
      if (typeof text === 'string') return shorten(text)
      throw new TypeError(`options.format.${name} of admin must return a string`)
    } catch (error) {
      if (!this.#failed.has(name)) this.#onError(error)
      this.#failed.add(name)
      // Never the value itself: `format` may be there to hide it.
      return html`<em>cannot be shown</em>`
    }
  }

  /** A value as a column shows it, and whether it was cut. */
  cell(name: string, value: unknown): { readonly shown: Html | string; readonly isCut: boolean } {
    const shown = this.value(name, value)
    if (typeof shown !== 'string' || shown.length <= MAX_CELL) return { shown, isCut: false }
    return { shown: `${shown.slice(0, MAX_CELL)}…`, isCut: true }
  }
}
