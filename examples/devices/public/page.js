// Updates the pages live. They work without it.

// How long to wait for the response to a form, ms.
const FORM_TIMEOUT = 5000

// Ignores a second click while the response is pending.
document.addEventListener('submit', (event) => {
  const { dataset } = event.target
  if (dataset.sent) return event.preventDefault()
  dataset.sent = 'yes'
  setTimeout(() => delete dataset.sent, FORM_TIMEOUT)
})

// A page restored from the back/forward cache may show private data after a sign-out.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

// A click hides what #news says.
document.querySelector('#news')?.addEventListener('click', () => say(''))

if (document.body.classList.contains('signed-in')) follow()

function follow() {
  let source
  let timer
  let failures = 0
  connect()
  // No updates while a form is pending: its response is a page that says what happened.
  document.addEventListener('submit', () => {
    disconnect()
    timer = setTimeout(connect, FORM_TIMEOUT)
  })
  // Hidden pages disconnect, as browsers open only a few connections per server.
  document.addEventListener('visibilitychange', () => {
    disconnect()
    if (document.visibilityState === 'visible') connect()
  })

  function disconnect() {
    clearTimeout(timer)
    source.close()
  }

  function connect() {
    source = new EventSource('/live')
    source.addEventListener('ended', () => {
      source.close()
      // The sign-in page says why. `replace`, so that there is no way back to this page.
      location.replace('/?signed-out')
    })
    source.addEventListener('token', ({ data }) => {
      if (failures > 1) say('This list is up to date again.')
      failures = 0
      document.body.classList.add('live')
      for (const input of document.querySelectorAll('input[name=csrf]')) input.value = data
    })
    source.addEventListener('devices', ({ data }) => showDevices(data))
    source.addEventListener('error', () => {
      failures += 1
      // One is normal: the server ends a stream when its session is renewed.
      if (failures === 2) say('The connection is lost: this list may be out of date.')
      // After a refused connection (unlike a lost one) the browser does not retry.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, 5000)
    })
  }
}

function say(text) {
  const news = document.querySelector('#news')
  if (news) news.textContent = text
}

function showDevices(text) {
  const list = document.querySelector('#devices')
  if (!list) return
  const before = names(list)
  const focused = list.contains(document.activeElement) && document.activeElement.id
  // Escaped by the server.
  list.innerHTML = text
  tell(before, names(list))
  if (!focused) return
  // If the focused element is gone, #news takes the focus.
  const target = document.getElementById(focused) ?? document.querySelector('#news')
  target.focus({ preventScroll: true })
}

function names(list) {
  return new Map(
    [...list.querySelectorAll('.device')].map(({ dataset }) => [dataset.id, dataset.name]),
  )
}

// For screen readers.
function tell(before, after) {
  const came = [...after].filter(([id]) => !before.has(id))
  const went = [...before].filter(([id]) => !after.has(id))
  const words = [
    ...came.map(([, name]) => `${name} signed in.`),
    ...went.map(([, name]) => `${name} is signed out.`),
  ]
  if (words.length > 0) say(words.join(' '))
  for (const [id] of came) document.querySelector(`[data-id="${id}"]`).classList.add('new')
}
