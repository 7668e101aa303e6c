/**
 * The only client script: it updates the progress bar of a running job and leaves the rest of the
 * page alone, so that "Stop" keeps the focus. Without scripts a link reloads the page.
 */
export const PROGRESS_SCRIPT = `const byHand = document.querySelector('#by-hand')
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
    // Offline: following the link shows the browser's error.
    byHand.hidden = false
  }
  setTimeout(follow, 1000)
}
`
