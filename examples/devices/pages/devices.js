'use strict'

const { describe } = require('./device.js')
const { html } = require('./html.js')
const { button, layout, noteForm, signedInHeader, status } = require('./layout.js')
const { time } = require('./time.js')

function devicesPage({ name, operator, devices, notice, note, token }) {
  const content = html`${status(notice)}
    <h1>Your devices</h1>
    <p class="hint" id="news" role="status"></p>
    <div id="devices">${deviceList(devices, token)}</div>
    ${noteForm(note, token)}`
  const header = signedInHeader({ name, operator, token, here: '/' })
  return layout('Your devices', content, header)
}

// The part of the page that changes by itself.
function deviceList(devices, token) {
  const others = devices.some((device) => !device.current)
    ? button('/devices/end-others', 'Sign out all others', token, { id: 'end-others' })
    : html`<p class="hint">You are not signed in anywhere else.</p>`
  const everywhere = button('/sign-out-everywhere', 'Sign out everywhere', token, {
    kind: 'danger',
    id: 'everywhere',
  })
  return html`<ul class="devices">
      ${devices.map((device) => deviceItem(device, token))}
    </ul>
    <section class="actions" aria-label="All devices">${others} ${everywhere}</section>`
}

function deviceItem({ id, values, createdAt, current }, token) {
  const { kind, text } = describe(values.agent)
  return html`<li class="card device" data-id="${id}" data-name="${text}">
    <span class="icon ${kind}" aria-hidden="true"></span>
    <div>
      <h2>${text} ${current && html`<span class="badge">This device</span>`}</h2>
      <dl>
        <div>
          <dt>Last active</dt>
          <dd>${time(values.seen ?? createdAt)}</dd>
        </div>
        <div>
          <dt>Signed in</dt>
          <dd>${time(values.signed_in ?? createdAt)}</dd>
        </div>
        <div>
          <dt>Address</dt>
          <dd>${values.address ?? 'unknown'}</dd>
        </div>
      </dl>
    </div>
    ${!current && button(`/devices/${id}/end`, 'Sign out', token, { about: text, id: `end-${id}` })}
  </li>`
}

module.exports = { deviceList, devicesPage }
