/**
 * The only script, of the page that shows how far an ending is: it moves the bar, and leaves the
 * rest alone, so that the focus stays on "Stop". Once it is over the page is loaded again, which says
 * how it went. Without it, a link does as much.
 */
export const SCRIPT = `const byHand = document.querySelector('#by-hand')
follow()

async function follow() {
  byHand.hidden = true
  try {
    const answer = await fetch(location.href)
    if (answer.status < 500) {
      const text = await answer.text()
      const now = new DOMParser().parseFromString(text, 'text/html').querySelector('#bar')
      if (!now) return location.reload()
      document.querySelector('#bar').replaceChildren(...now.childNodes)
    }
  } catch {
    // The server is away: the link shows what the browser says of that.
    byHand.hidden = false
  }
  setTimeout(follow, 1000)
}
`
