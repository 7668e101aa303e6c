'use strict'

const { html } = require('./html.js')
const { deviceIcon } = require('./icons.js')
const { layout, noteForm, signedInHeader, status } = require('./layout.js')
const { time } = require('./time.js')

function devicesPage({ name, operator, devices, notice, note, token, binding }) {
  const content = html`${status(notice)}
    <div>
      <h1>Your devices</h1>
      <p class="hint">Each browser that is signed in. Sign out those that you do not know.</p>
    </div>
    <p id="news" role="status" tabindex="-1"></p>
    <div id="devices">${deviceList({ devices, name, binding })}</div>
    ${noteForm(note, token)}`
  const header = signedInHeader({ name, operator, token, here: '/', binding })
  return layout('Your devices', content, header)
}

// The part of the page that updates live. Its links lead to pages that ask first.
function deviceList({ devices, name, binding }) {
  const several = html`<section class="actions" aria-label="All devices">
    <a class="button" href="/devices/end-others" id="end-others">Sign out all others</a>
    <a class="button danger" href="/sign-out-everywhere" id="everywhere">Sign out everywhere</a>
  </section>`
  const one = html`<p class="next">
    Now open this address in a second browser or a private window, and sign in as
    <strong>${name}</strong>. Keep this page in sight.
  </p>`
  return html`<ul class="devices">
      ${devices.map((device) => deviceItem(device, binding))}
    </ul>
    ${devices.length > 1 ? several : one}`
}

function deviceItem(device, binding) {
  const { id, kind, name, address, hasSameAddress, signed_in, seen, current } = device
  return html`<li class="card device${current && ' current'}" data-id="${id}" data-name="${name}">
    ${deviceIcon(kind)}
    <div>
      <h2>
        ${name} ${current && html`<span class="badge">This device</span>`}
        ${binding && boundBadge(device)}
      </h2>
      <dl>
        <div>
          <dt>Last active</dt>
          <dd>${time(seen)}</dd>
        </div>
        <div>
          <dt>Signed in</dt>
          <dd>${time(signed_in)}</dd>
        </div>
        <div>
          <dt>From</dt>
          <dd>
            ${address ?? 'unknown'}
            ${hasSameAddress && html`<span class="hint">same as here</span>`}
          </dd>
        </div>
      </dl>
    </div>
    ${
      !current &&
      html`<a
        class="button"
        href="/devices/${id}/end"
        id="end-${id}"
        aria-label="Sign out: ${name}"
      >
        Sign out
      </a>`
    }
  </li>`
}

function boundBadge({ current, bound }) {
  if (!bound) return html`<span class="badge plain">Not bound</span>`
  return html`<span class="badge">Bound to ${current ? 'this' : 'its'} device</span>`
}

module.exports = { deviceList, devicesPage }
