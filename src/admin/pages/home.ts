import { html, type Html } from '../html.js'
import { shorten } from '../format.js'
import type { FieldView } from '../field-view.js'
import type { Health } from '../health.js'
import type { HistoryEntry } from '../history.js'
import type { Search } from '../search.js'
import { eventTable } from './events.js'
import { link } from './parts.js'

interface Home {
  readonly references: readonly string[]
  readonly view: FieldView
  readonly health: Health
  /** Searches that find the operator's own session. */
  readonly own: readonly Search[]
  /** `undefined` without the option; `'unknown'` if it cannot be read. */
  readonly recent: readonly HistoryEntry[] | 'unknown' | undefined
}

/** What is below the search form before a search. */
export function home({ references, view, health, own, recent }: Home): Html {
  return html`<div class="columns">
      ${!('error' in health) && examples(references, view, own)} ${healthPanel(health)}
    </div>
    ${recent !== undefined && recentPanel(references, view, recent)}`
}

function examples(references: readonly string[], view: FieldView, own: readonly Search[]): Html {
  const items = references.map((name) => {
    const search = own.find(({ field }) => field === name)
    const label = view.label(name)
    return html`<div>
      <dt><bdi>${label}</bdi>${label !== name && html` <code>${name}</code>`}</dt>
      <dd>
        ${
          search === undefined
            ? html`<span class="hint">none in your own session</span>`
            : link(search, html`<bdi>${shorten(search.text)}</bdi>`)
        }
      </dd>
    </div>`
  })
  return html`<section class="card" aria-labelledby="examples">
    <h2 id="examples">What can be found</h2>
    <p class="hint">
      All sessions with one of these, by its exact value.
      ${own.length > 0 && 'For example, as in your own session:'}
    </p>
    <dl class="rows">${items}</dl>
  </section>`
}

function healthPanel(health: Health): Html {
  return html`<section class="card" aria-labelledby="health">
    <h2 id="health">Health</h2>
    ${healthText(health)}
  </section>`
}

function healthText(health: Health): Html {
  if (health.store === 'memory') {
    return html`<p class="state good">The sessions are in this process’s memory.</p>
      <p class="hint">Other processes do not see them, and they go when it ends.</p>`
  }
  if ('duration' in health) {
    return html`<p class="state good">Redis answers in ${health.duration.toFixed(1)} ms.</p>
      <p class="hint">Measured just now, by reading one session from this process.</p>`
  }
  return html`<p class="state bad">Redis does not answer.</p>
    <p>
      The sessions cannot be reached right now. That does not mean that there are none. They can be
      found and ended once it answers again; the error is in the application’s log.
    </p>
    <p><a class="button" href="./">Try again</a></p>`
}

function recentPanel(
  references: readonly string[],
  view: FieldView,
  recent: readonly HistoryEntry[] | 'unknown',
): Html {
  const linkOf = (name: string, value: unknown): string | undefined =>
    references.includes(name) && typeof value === 'string'
      ? `./?${new URLSearchParams({ field: name, value }).toString()}`
      : undefined
  return html`<section class="card" aria-labelledby="recent">
    <h2 id="recent">Recent activity</h2>
    ${
      recent === 'unknown' &&
      html`<p class="state bad">
        The record cannot be read right now. The error is in the application’s log.
      </p>`
    }
    ${recent !== 'unknown' && recent.length === 0 && html`<p class="hint">Nothing is on record.</p>`}
    ${
      recent !== 'unknown' &&
      recent.length > 0 &&
      eventTable({ caption: 'Recent activity, the newest first', entries: recent, view, linkOf })
    }
  </section>`
}
