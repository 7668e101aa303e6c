import { STATUS_CODES } from 'node:http'
import { html } from '../html.js'
import { card, type Page } from './layout.js'

const ERRORS: Readonly<Record<number, string>> = {
  401: 'Your session has ended, or its cookie has just been replaced. Open the page again.',
  403: 'The form was too old, or it came from another site, or you are no longer authorised. Nothing was ended.',
  404: 'There is nothing at this address. A progress page is kept for ten minutes, by the server that started it and for the operator who did. Find the sessions to see what is left.',
  429: 'Too many sessions are being ended right now. Try again later.',
  503: 'The sessions cannot be reached right now. That does not mean that there are none. Your last action may have been carried out.',
}

export function errorPage(status: number): Page {
  const text = ERRORS[status] ?? 'That did not work.'
  return card(
    STATUS_CODES[status] ?? 'Error',
    html`<p>${text}</p>
      <div class="actions"><a class="button" href="./">Find sessions</a></div>`,
  )
}
