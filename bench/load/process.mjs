/**
 * The load generator's process: `node process.mjs DRIVER`. Visitors sign in before the run, so that
 * their sign-ins do not count towards the server's CPU time.
 */
import { answerQuestions } from '../lib/child.mjs'
import { Requests } from './requests.mjs'
import { Visitor } from './visitor.mjs'

const { drive } = await import(`./${process.argv[2]}.mjs`)
let visitors = []

const answers = {
  async signIn({ url, connections }) {
    const all = Array.from({ length: connections }, () => new Visitor().signIn(url))
    visitors = await Promise.all(all)
  },
  async run({ url, route, seconds }) {
    const requests = new Requests(seconds)
    await drive({ url, route, seconds, visitors, requests })
    return requests.result()
  },
}

answerQuestions(answers, 'ready')
