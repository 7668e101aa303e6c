import { expect, test } from 'vitest'
import { STYLE } from '../../../src/admin/style/style.js'

/** The relative luminance of WCAG 2.2. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (high! + 0.05) / (low! + 0.05)
}

const [light, dark] = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
  Object.fromEntries([...block!.matchAll(/--([\w-]+): (#\w{6})/g)].map(([, a, b]) => [a!, b!])),
)

test.each([
  ['light', light!],
  ['dark', dark!],
])('all colours have enough contrast in %s', (_, colours) => {
  expect(Object.keys(colours)).toEqual(Object.keys(light!))
  for (const text of ['text', 'quiet', 'accent', 'danger']) {
    for (const ground of ['ground', 'card', 'tint']) {
      expect(contrast(colours[text]!, colours[ground]!), `${text} on ${ground}`).toBeGreaterThan(
        4.5,
      )
    }
  }
  expect(contrast(colours['danger']!, colours['blush']!)).toBeGreaterThan(4.5)
  expect(contrast(colours['on-accent']!, colours['accent']!)).toBeGreaterThan(4.5)
  // The edges of what can be used: WCAG 2.2, 1.4.11.
  for (const ground of ['ground', 'card']) {
    expect(contrast(colours['edge']!, colours[ground]!), `edge on ${ground}`).toBeGreaterThan(3)
  }
})
