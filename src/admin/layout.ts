import { html, type Html } from './html.js'

/** What a page has of its own. */
export interface Page {
  readonly title: string
  readonly content: Html
  /** Whether it keeps up by itself, where the browser runs scripts. */
  readonly live?: boolean
}

/**
 * The frame of every page. Its own addresses are relative, so they hold wherever it is mounted.
 *
 * @param back - the address of the application's own pages
 */
export function layout({ title, content, live }: Page, back: string | undefined): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="style.css" />
        ${live && html`<script type="module" src="live.js"></script>`}
      </head>
      <body>
        ${back !== undefined && html`<nav><a href="${back}">Back to the application</a></nav>`}
        <main>${content}</main>
      </body>
    </html> `
  return page.toString()
}

/** A button that changes something is a form of its own: without a script, only that sends a POST. */
export function button(action: string, text: string, token: string, kind?: 'danger'): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="csrf" value="${token}" />
    <button class="${kind ?? 'plain'}">${text}</button>
  </form>`
}

/** What has just happened. It has the focus, so it is read out, and the keyboard goes on from it. */
export function notice(text: Html | string): Html {
  return html`<p class="notice" role="status" tabindex="-1" autofocus>${text}</p>`
}

/** `1 session`, `2,000 sessions`. */
export function sessions(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'session' : 'sessions'}`
}
