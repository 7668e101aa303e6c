import { parseArgs } from 'node:util'
import { OFTEN, OWN, ROUTES, SERVERS } from './servers.mjs'

const HELP = `node bench/run.mjs [options]

  --seconds N   of load per run (0.25)
  --rounds N    per server and route (32)
  --only A,B    these servers, and the floor: ${SERVERS.slice(1).join(', ')}
  --routes A,B  these routes: ${ROUTES.join(', ')}
  --cluster     on a cluster of three primaries, with servers that support one
  --out FOLDER  for the results (bench/results)
  --smoke       does the suite work? One second, without other libraries and autocannon
`

const OPTIONS = {
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  only: { type: 'string' },
  routes: { type: 'string', default: ROUTES.join() },
  cluster: { type: 'boolean', default: false },
  out: { type: 'string' },
  smoke: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

/** Slices per server and route in an open loop, and their length, s: 90 s for ours and the floor. */
const SLICES = 10
const SLICE = 0.4

export function readOptions() {
  const { values } = parseArgs({ options: OPTIONS })
  if (values.help) {
    console.log(HELP)
    process.exit()
  }
  const { cluster, smoke, out } = values
  const known = cluster || smoke ? OWN : SERVERS
  const routes = among('routes', values.routes.split(','), ROUTES)
  const only = values.only?.split(',')
  const rounds = positive('rounds', values.rounds ?? (smoke ? 1 : 32))
  const seconds = positive('seconds', values.seconds ?? (smoke ? 1 / (2 * routes.length) : 0.25))
  return {
    cluster,
    out,
    routes,
    servers: ['floor', ...among('only', only ?? known.slice(1), known)],
    seconds,
    rounds,
    /** What latency.mjs measures: ours, or what `--only` names. */
    openLoop: {
      servers: ['floor', ...among('only', only ?? OWN, known)],
      slices: Math.min(rounds, SLICES),
      seconds: smoke ? seconds : SLICE,
    },
    connections: 32,
    /** How many each user of `/login25` has before a run. */
    sessions: smoke ? 1 : OFTEN.sessions,
    driver: smoke ? 'fetch' : 'autocannon',
    smoke,
  }
}

function among(option, names, known) {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return known.filter((name) => names.includes(name) && name !== 'floor')
  throw new Error(`--${option}: "${unknown}" is not one of ${known.join(', ')}`)
}

function positive(option, text) {
  const number = Number(text)
  if (number > 0) return number
  throw new Error(`--${option} must be a number above 0`)
}
