/** The mark, which each of its places has to draw in the same way. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createSite } from '../../support/admin-app.js'

test('the mark is the same everywhere', async () => {
  const site = await createSite()
  const operator = await site.signedIn()
  await operator.open('/admin/')
  const page = operator.text
  await operator.open('icon.svg')
  expect(operator.headers.get('content-type')).toBe('image/svg+xml')
  const shapes = (text: string) => text.match(/<(?:rect|circle) [^>]*>/g)
  expect(shapes(operator.text)).toHaveLength(3)
  expect(shapes(page)).toEqual(shapes(operator.text))
  const root = new URL('../../../', import.meta.url)
  for (const file of ['docs/images/mark.svg', 'examples/devices/public/icon.svg']) {
    expect(readFileSync(new URL(file, root), 'utf8'), file).toBe(operator.text)
  }
  const icons = readFileSync(new URL('examples/devices/pages/icons.js', root), 'utf8')
  expect(shapes(icons)!.slice(0, 3)).toEqual(shapes(operator.text))
})
