import type { FieldView } from '../field-view.js'
import { formatSessionCount } from '../format.js'
import { html } from '../html.js'
import type { Job } from '../jobs.js'
import { button, card, notice, type Page } from './layout.js'
import { fieldAndValue, linkButton } from './parts.js'

/** A job's progress, or its result. */
export function jobPage(view: FieldView, job: Job, token: string): Page {
  const { id, state, ended, seen, total, search } = job
  if (state === 'running') {
    const part = total > 0 && html`value="${seen}" max="${total}"`
    const count = formatSessionCount(ended)
    const running = html`<p>With ${fieldAndValue(view, search)}.</p>
      <div id="bar">
        <progress aria-label="Sessions checked" ${part}></progress>
        <p>${count} ended${total > 0 && `, of about ${total.toLocaleString('en')}`}.</p>
      </div>
      <div class="actions">
        ${button(`job?id=${id}`, 'Stop', token)}
        <a class="button" id="by-hand" href="job?id=${id}">Update</a>
      </div>`
    return { ...card('Ending sessions…', running), live: true }
  }
  const results = {
    done: ['Done', '.'],
    stopped: ['Stopped', ' before the stop. They stay ended; the others were not touched.'],
    failed: ['Not finished', ' before an error. They stay ended; try again for the rest.'],
  } as const
  const [title, more] = results[state]
  const count = `${state === 'failed' ? 'At least ' : ''}${formatSessionCount(ended)}`
  const result = notice(html`${count} with ${fieldAndValue(view, search)} ended${more}`)
  return card(
    title,
    html`${result}
      <div class="actions">${linkButton(search, 'See what is left')}</div>`,
  )
}
