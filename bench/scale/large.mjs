import { median, quantile } from '../lib/statistics.mjs'

/** Calls under way in one process. */
const AT_ONCE = 32

/** Latencies in ms of reads and sign-ins on each side, in slices that alternate, and the ratios large / small. */
export async function measureSlices(sides, { rounds, ms }) {
  const work = {
    read: async ({ Session, sample }) => {
      const { id, user } = sample[Math.floor(Math.random() * sample.length)]
      const { user_id } = await Session.store.get(id)
      if (user_id !== String(user)) throw new Error(`The user of ${id} is ${user_id}, not ${user}`)
    },
    'sign-in': (side) => side.login(side.newUser()),
  }
  const result = {}
  for (const [name, call] of Object.entries(work)) {
    const slices = { small: [], large: [] }
    for (let round = 0; round <= rounds; round++) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const slice = await latencies(() => call(side), ms)
        if (round > 0) slices[side.name].push(slice) // Round 0 is the warm-up.
      }
    }
    const { small, large } = slices
    const ratio = (part) =>
      large.map((slice, i) => quantile(slice, part) / quantile(small[i], part))
    const of = (part) => ({
      small: median(small.map((slice) => quantile(slice, part))),
      large: median(large.map((slice) => quantile(slice, part))),
      ratio: median(ratio(part)),
      from: quantile(ratio(part), 0.25),
      to: quantile(ratio(part), 0.75),
    })
    result[name] = { p50: of(0.5), p99: of(0.99) }
  }
  return result
}

async function latencies(call, ms) {
  const times = []
  const until = performance.now() + ms
  const loop = async () => {
    while (performance.now() < until) {
      const start = performance.now()
      await call()
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, loop))
  return times
}

/** ms of `find`, `count` and `revokeAll` for a user with so many sessions, one after another: medians of each side. */
export async function measureWholeUsers(sides, { each, users }) {
  const all = new Map(sides.map((side) => [side, []]))
  for (const [side, people] of all) {
    while (people.length < users) {
      const user = side.newUser()
      await side.signIn(each, user)
      people.push(user)
    }
  }
  const work = {
    find: async ({ Session }, user) => {
      let found = 0
      for await (const { id } of Session.find('user_id', user)) found += id === undefined ? 0 : 1
      return found
    },
    count: ({ Session }, user) => Session.count('user_id', user),
    revokeAll: ({ Session }, user) => Session.revokeAll('user_id', user),
  }
  const times = sides.map(({ name }) => [name, { find: [], count: [], revokeAll: [] }])
  const result = Object.fromEntries(times)
  for (const [name, call] of Object.entries(work)) {
    for (let i = 0; i < users; i++) {
      for (const side of i % 2 === 0 ? sides : sides.toReversed()) {
        const start = performance.now()
        const seen = await call(side, all.get(side)[i])
        result[side.name][name].push(performance.now() - start)
        if (seen !== each) throw new Error(`${name}: ${seen} sessions instead of ${each}`)
      }
    }
  }
  for (const side of Object.values(result)) {
    for (const name of Object.keys(work)) side[name] = median(side[name])
  }
  return { each, ...result }
}
