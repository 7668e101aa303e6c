'use strict'

const { html } = require('./html.js')
const { button, layout, noteForm, signedInHeader, status } = require('./layout.js')
const { time } = require('./time.js')

function devicesPage({ name, operator, devices, notice, note, token, binding }) {
  const content = html`${status(notice)}
    <h1>Your devices</h1>
    <p id="news" role="status" tabindex="-1"></p>
    <div id="devices">${deviceList(devices, name, token)}</div>
    ${noteForm(note, token)}`
  const header = signedInHeader({ name, operator, token, here: '/', binding })
  return layout('Your devices', content, header)
}

// The part of the page that updates live.
function deviceList(devices, name, token) {
  const several = html`<section class="actions" aria-label="All devices">
    ${button('/devices/end-others', 'Sign out all others', token, { id: 'end-others' })}
    ${button('/sign-out-everywhere', 'Sign out everywhere', token, {
      kind: 'danger',
      id: 'everywhere',
    })}
  </section>`
  const one = html`<p class="next">
    Now open this address in a second browser or a private window, and sign in as
    <strong>${name}</strong>. Keep this page in sight.
  </p>`
  return html`<ul class="devices">
      ${devices.map((device) => deviceItem(device, token))}
    </ul>
    ${devices.length > 1 ? several : one}`
}

function deviceItem({ id, kind, name, address, signed_in, seen, current, bound }, token) {
  return html`<li class="card device" data-id="${id}" data-name="${name}">
    <span class="icon ${kind}" aria-hidden="true"></span>
    <div>
      <h2>
        ${name} ${current && html`<span class="badge">This device</span>`}
        ${bound && html`<span class="badge">Bound to this device</span>`}
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
          <dt>Address</dt>
          <dd>${address ?? 'unknown'}</dd>
        </div>
      </dl>
    </div>
    ${!current && button(`/devices/${id}/end`, 'Sign out', token, { about: name, id: `end-${id}` })}
  </li>`
}

module.exports = { deviceList, devicesPage }
