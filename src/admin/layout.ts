import { html, type Html } from './html.js'

/** The frame of every page. All addresses are relative, so they hold wherever the pages are mounted. */
export function layout(title: string, content: Html, refresh = false): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${refresh && html`<meta http-equiv="refresh" content="1" />`}
        <title>${title}</title>
        <link rel="stylesheet" href="style.css" />
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `
  return page.toString()
}

interface Button {
  readonly action: string
  readonly text: string
  readonly token: string
  readonly kind?: 'danger'
  /** For those who hear the page, and would hear "End" a hundred times. */
  readonly about?: string
  readonly fields?: Html
}

/** Each button is a form of its own: without a script, only a form can send a POST. */
export function button({ action, text, token, kind, about, fields }: Button): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="csrf" value="${token}" />${fields}
    <button class="${kind ?? 'plain'}">
      ${text}${about !== undefined && html`<span class="unseen"> ${about}</span>`}
    </button>
  </form>`
}

/** `1 session`, `2,000 sessions`. */
export function sessions(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'session' : 'sessions'}`
}
