/**
 * The load, in a process of its own: `node process.mjs DRIVER`. Before each run its visitors sign in,
 * apart from the run itself, so that the server's CPU time can be taken in between.
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
