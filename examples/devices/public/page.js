// The live part of the pages. They work without it.

// In ms: by then an answer has come, or somebody has stopped waiting for it.
const PATIENCE = 5000

// An answer may take a moment: a second click would send the form again.
document.addEventListener('submit', (event) => {
  const { dataset } = event.target
  if (dataset.sent) return event.preventDefault()
  dataset.sent = 'yes'
  setTimeout(() => delete dataset.sent, PATIENCE)
})

// A page that the browser kept, and shows again: it may show what nobody should see any more.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

// The news lie above the page: a click or a tap clears the view.
document.querySelector('#news')?.addEventListener('click', () => say(''))

if (document.body.classList.contains('signed-in')) follow()

function follow() {
  let source
  let timer
  let failures = 0
  connect()
  // The answer to a form is a page of its own, and says what has happened: so nothing comes between.
  document.addEventListener('submit', () => {
    disconnect()
    timer = setTimeout(connect, PATIENCE)
  })
  // A hidden page follows nothing: browsers open only a few connections to one server. When it is
  // seen again it catches up at once.
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
      // The sign-in page says why. In place of this one, so that there is no way back to it.
      location.replace('/?signed-out')
    })
    source.addEventListener('token', ({ data }) => {
      if (failures > 1) say('This list is up to date again.')
      failures = 0
      for (const input of document.querySelectorAll('input[name=csrf]')) input.value = data
    })
    source.addEventListener('devices', ({ data }) => showDevices(data))
    source.addEventListener('error', () => {
      failures += 1
      // The first is usual: the server ends a stream when its session was renewed.
      if (failures === 2) say('The connection is lost: this list may be out of date.')
      // Where the connection was lost, the browser tries again; where it was refused, it does not.
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
  // The server has escaped what came from outside, as in the page itself.
  list.innerHTML = text
  tell(before, names(list))
  if (!focused) return
  // What had the focus may be gone: then the keyboard goes on from what says so.
  const target = document.getElementById(focused) ?? document.querySelector('#news')
  target.focus({ preventScroll: true })
}

function names(list) {
  return new Map(
    [...list.querySelectorAll('.device')].map(({ dataset }) => [dataset.id, dataset.name]),
  )
}

// In words too, for those who hear the page.
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
