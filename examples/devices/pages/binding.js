'use strict'

const { html } = require('./html.js')
const { layout, signedInHeader } = require('./layout.js')

function bindingPage({ name, operator, token, bound, refresh, origin }) {
  const content = html`<h1>Device binding</h1>
    <p>
      ${
        bound
          ? html`This session is bound: your browser has a key for it that cannot be copied.`
          : html`This session is not bound. Your browser does not bind sessions, or has not done so
            yet: reload in a moment.`
      }
    </p>
    <section class="card stack" aria-labelledby="try">
      <h2 id="try">Try it</h2>
      <ol>
        <li>
          Open the developer tools, and copy the values of both cookies, <code>session-id</code> and
          <code>session-id-proof</code>: this is what malware steals.
        </li>
        <li>
          In a terminal:
          <pre><code>curl --insecure --cookie 'session-id=…; session-id-proof=…' ${origin}/</code></pre>
          It answers with your devices.
        </li>
        <li>
          Wait for ${refresh} and five seconds more, and run it again: it answers with the sign-in
          page.
        </li>
        <li>Reload this page: your browser has signed a new proof, and you are still signed in.</li>
      </ol>
    </section>`
  const header = signedInHeader({ name, operator, token, here: '/binding', binding: true })
  return layout('Device binding', content, header)
}

module.exports = { bindingPage }
