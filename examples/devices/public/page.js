// The live part of the pages. They work without it.

// An answer may take a moment: a second click would send the form again.
document.addEventListener('submit', (event) => {
  if (event.target.dataset.sent) event.preventDefault()
  event.target.dataset.sent = 'yes'
})

// A page that the browser kept, and shows again: it may show what nobody should see any more.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

if (document.body.classList.contains('signed-in')) follow()

function follow() {
  let source
  connect()
  // A hidden page follows nothing: browsers open only a few connections to one server. When it is
  // seen again it catches up at once.
  document.addEventListener('visibilitychange', () => {
    source.close()
    if (document.visibilityState === 'visible') connect()
  })

  function connect() {
    source = new EventSource('/live')
    source.addEventListener('ended', () => {
      source.close()
      // The sign-in page says why. In place of this one, so that there is no way back to it.
      location.replace('/?signed-out')
    })
    source.addEventListener('token', ({ data }) => {
      for (const input of document.querySelectorAll('input[name=csrf]')) input.value = data
    })
    source.addEventListener('devices', ({ data }) => showDevices(data))
    source.addEventListener('error', () => {
      // A lost connection is opened again by the browser; one that was refused is not.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000)
    })
  }
}

function showDevices(text) {
  const list = document.querySelector('#devices')
  if (!list) return
  const before = names(list)
  const focused = document.activeElement?.id
  // The server has escaped what came from outside, as in the page itself.
  list.innerHTML = text
  if (focused) document.getElementById(focused)?.focus()
  tell(before, names(list))
}

function names(list) {
  return new Map(
    [...list.querySelectorAll('.device')].map(({ dataset }) => [dataset.id, dataset.name]),
  )
}

// In words too, for those who hear the page.
function tell(before, after) {
  const came = [...after].filter(([id]) => !before.has(id)).map(([, name]) => `${name} signed in.`)
  const went = [...before]
    .filter(([id]) => !after.has(id))
    .map(([, name]) => `${name} is signed out.`)
  const news = [...came, ...went].join(' ')
  if (news) document.querySelector('#news').textContent = news
}
