/** A CPU profile's self times in µs per request, longest first: `{ functions, packages }`. */
export function summarizeProfile({ nodes, samples, timeDeltas }, requests) {
  const selfTimes = new Map()
  for (const [i, id] of samples.entries()) {
    selfTimes.set(id, (selfTimes.get(id) ?? 0) + timeDeltas[i])
  }
  const functions = new Map()
  const packages = new Map()
  for (const { id, callFrame } of nodes) {
    const time = (selfTimes.get(id) ?? 0) / requests
    const place = placeOf(callFrame.url)
    const name = callFrame.functionName || '(anonymous)'
    if (name === '(idle)') continue
    const line = callFrame.url === '' ? '' : ` ${place.file}:${callFrame.lineNumber + 1}`
    add(functions, `${name}${line}`, time)
    add(packages, callFrame.url === '' ? name : place.package, time)
  }
  return { functions: sorted(functions), packages: sorted(packages) }
}

function placeOf(url) {
  if (url.startsWith('node:')) return { package: url.split('/', 1)[0], file: url }
  const [, dependency, rest] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)/.exec(url) ?? []
  if (dependency !== undefined) return { package: dependency, file: `${dependency}/${rest}` }
  const [, own = url] = /.*\/(dist\/.*|bench\/.*)/.exec(url) ?? []
  return { package: own.split('/', 1)[0], file: own }
}

function add(times, key, time) {
  times.set(key, (times.get(key) ?? 0) + time)
}

function sorted(times) {
  return [...times].toSorted(([, a], [, b]) => b - a)
}
