const COLORS = ['#6b7280', '#2563eb', '#d97706', '#059669', '#9333ea', '#dc2626']
const BAR = 16
const GAP = 18
const LEFT = 60
const WIDTH = 720
const LENGTH = 560
const TOP = 64

/** On a ground of its own, so that it is readable on any page, light or dark as the page. */
const STYLE = `<style>
svg { color-scheme: light dark }
.ground { fill: #fff } text { fill: #111827 } .range { stroke: #111827 } .grid { stroke: #d1d5db }
@media (prefers-color-scheme: dark) {
.ground { fill: #1c2526 } text { fill: #e6eeee } .range { stroke: #e6eeee } .grid { stroke: #3b4a4b }
}
</style>`

/**
 * A bar chart of the ratios to the floor, grouped by route; a thin line spans the middle half of the
 * rounds.
 */
export function plot(routes, title) {
  const names = Object.keys(routes)
  const servers = Object.keys(routes[names[0]])
  const group = servers.length * BAR + GAP
  const figures = Object.values(routes).flatMap((route) => Object.values(route))
  const scale = LENGTH / Math.max(1, ...figures.flatMap((it) => [it.ratio, it.ratioTo]))
  const height = TOP + names.length * group
  const legend = servers.map((server, i) => {
    const x = 10 + i * ((WIDTH - 20) / servers.length)
    return (
      rect(x, 32, 10, 10, COLORS[i % COLORS.length]) + text(x + 14, 41, server, 'font-size="11"')
    )
  })
  const grid = [0, 0.25, 0.5, 0.75, 1].map((ratio) => {
    const x = round(LEFT + ratio * scale)
    return `<path d="M${x} ${TOP - 8}V${height - GAP}" class="grid"/>`
  })
  const labels = names.map((route, r) =>
    text(10, TOP + r * group + (servers.length * BAR) / 2 + 4, `/${route}`, 'font-weight="bold"'),
  )
  const bars = names.flatMap((route, r) =>
    servers.map((server, s) => bar(routes[route][server], scale, TOP + r * group + s * BAR, s)),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
${STYLE}
<rect width="${WIDTH}" height="${height}" class="ground"/>
${[text(10, 20, title, 'font-size="14"'), ...legend, ...grid, ...labels, ...bars].join('\n')}
</svg>
`
}

function bar({ ratio, ratioFrom, ratioTo, perSecond }, scale, y, index) {
  const [length, from, to] = [ratio, ratioFrom, ratioTo].map((it) => it * scale)
  const middle = y + BAR / 2
  return [
    rect(LEFT, y + 1, length, BAR - 3, COLORS[index % COLORS.length]),
    `<path d="M${round(LEFT + from)} ${middle}H${round(LEFT + to)}" class="range"/>`,
    text(
      LEFT + Math.max(length, to) + 6,
      middle + 4,
      `${ratio.toFixed(2)} · ${Math.round(perSecond).toLocaleString('en')}/s`,
      'font-size="10"',
    ),
  ].join('')
}

function rect(x, y, width, height, color) {
  return `<rect x="${round(x)}" y="${y}" width="${round(width)}" height="${height}" fill="${color}"/>`
}

function text(x, y, words, style = '') {
  return `<text x="${round(x)}" y="${y}" ${style}>${words}</text>`
}

function round(number) {
  return Math.round(number * 10) / 10
}
