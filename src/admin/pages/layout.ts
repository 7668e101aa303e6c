import { html, type Html } from '../html.js'
import { MARK } from '../mark.js'

export interface Page {
  readonly title: string
  readonly content: Html
  /** Whether the page runs the progress script. */
  readonly live?: boolean
}

/**
 * Renders a page. All its URLs are relative, so that it can be mounted anywhere.
 *
 * @param back - the URL of the application's own pages
 */
export function layout({ title, content, live }: Page, back: string | undefined): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Session Sets</title>
        <link rel="icon" type="image/svg+xml" href="icon.svg" />
        <link rel="stylesheet" href="style.css" />
        ${live && html`<script type="module" src="live.js"></script>`}
      </head>
      <body>
        <header class="top">
          <div>
            <a class="brand" href="./">${MARK} Session Sets</a>
            ${
              back !== undefined &&
              html`<nav aria-label="Application">
                <a href="${back}">Back to the application</a>
              </nav>`
            }
          </div>
        </header>
        <main>${content}</main>
      </body>
    </html> `
  return page.toString()
}

/** A form of its own: without scripts, only forms send a POST. */
export function button(action: string, text: string, token: string, kind?: 'danger'): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="csrf" value="${token}" />
    <button class="${kind ?? 'plain'}">${text}</button>
  </form>`
}

/** Takes the focus, so that screen readers announce it and keyboards continue from it. */
export function notice(text: Html | string): Html {
  return html`<p class="notice" role="status" tabindex="-1" autofocus>${text}</p>`
}

/** A page that says or asks one thing. */
export function card(title: string, content: Html): Page {
  return {
    title,
    content: html`<div class="card narrow">
      <h1>${title}</h1>
      ${content}
    </div>`,
  }
}
