/**
 * The load generator's process: `node process.mjs DRIVER`. Visitors sign in before the run, so that
 * their sign-ins do not count towards the server's CPU time.
 */
import { answerQuestions } from '../lib/child.mjs'
import { OFTEN } from '../lib/servers.mjs'
import { Requests } from './requests.mjs'
import { Visitor } from './visitor.mjs'

const { drive } = await import(`./${process.argv[2]}.mjs`)
let visitors = []

const answers = {
  async signIn({ url, connections }) {
    const all = Array.from({ length: connections }, () => new Visitor().signIn(url))
    visitors = await Promise.all(all)
  },
  /** Gives each user of `/login25` some sessions. */
  async fill({ url, sessions }) {
    let left = OFTEN.users * sessions
    const signIn = async () => {
      while (left-- > 0) await (await fetch(`${url}/login25`)).arrayBuffer()
    }
    await Promise.all(visitors.map(signIn))
  },
  async run({ url, route, seconds, rate }) {
    // An open loop ends with its last response, however late that is.
    const requests = new Requests(rate === undefined ? seconds : Infinity)
    await drive({ url, route, seconds, rate, visitors, requests })
    return requests.result()
  },
}

answerQuestions(answers, 'ready')
