/** What a reader finds where. A new page gets its line here: test/e2e/site.test.ts fails where one has none. */
import { readFileSync } from 'node:fs'

const API = readFileSync(new URL('../api/navigation.json', import.meta.url), 'utf8')

const guide = [
  group('Start', [
    ['Overview', '/overview'],
    ['The first login', '/guide/first-login'],
    ['Set up and sign in', '/guide/sign-in'],
    ['How it works', '/how-it-works'],
  ]),
  group('Everyday', [
    ['Read and write', '/guide/reading'],
    ['Sign out', '/guide/sign-out'],
    ['Remember me', '/guide/remember-me'],
    ['CSRF tokens', '/guide/csrf'],
    ['Handle errors', '/guide/errors'],
    ['Typed sessions', '/guide/typed-sessions'],
    ['Test your application', '/guide/testing'],
  ]),
  group('All sessions of a user', [
    ['List devices', '/guide/devices'],
    ['Sign out everywhere', '/guide/sign-out-everywhere'],
    ['Change a password', '/guide/change-password'],
    ['Live sign-out', '/guide/live-sign-out'],
    ['Limit sessions', '/guide/limits'],
    ['Operator’s page', '/guide/admin'],
    ['Impersonation by support', '/guide/impersonation'],
  ]),
  group('Sign-in by other means', [
    ['koa-passport', '/guide/passport'],
    ['Single sign-on (OpenID Connect)', '/guide/single-sign-on'],
    ['Device-bound sessions', '/guide/device-bound-sessions'],
  ]),
  group('Run it', [
    ['Deployment', '/guide/deployment'],
    ['Redis: keys, rights, memory', '/redis'],
    ['Cluster and Sentinel', '/guide/cluster-and-sentinel'],
    ['Managed services', '/guide/managed-services'],
    ['Scaling', '/guide/scaling'],
    ['node-redis', '/guide/node-redis'],
    ['Behind a proxy', '/guide/proxies'],
    ['Audit log, metrics, traces', '/guide/observing'],
    ['Express, Fastify, Hono, node:http', '/guide/other-frameworks'],
    ['Node, Bun, Deno', '/guide/runtimes'],
  ]),
  group('Move to it', [
    ['Keep users signed in', '/guide/moving'],
    ['From koa-session', '/guide/moving-from-koa-session'],
    ['From koa-generic-session', '/guide/moving-from-koa-generic-session'],
    ['From express-session', '/guide/moving-from-express-session'],
    ['From version 3', '/guide/moving-from-3'],
  ]),
  group('Can I rely on it?', [
    ['Guarantees, and what breaks them', '/guarantees'],
    ['Performance', '/performance'],
    ['Comparison with other libraries', '/comparison'],
    ['Security and threat model', '/security'],
    ['OWASP ASVS 5.0', '/asvs'],
  ]),
  group('Reference', [
    ['API on one page', '/guide/api'],
    ['API in full', '/api/'],
    ['Changelog', '/changelog'],
  ]),
  group('Inside', [
    ['Architecture', '/architecture'],
    ['Model of the protocol', '/model'],
    ['Benchmarks', '/benchmarks'],
    ['Contributing', '/contributing'],
    ['Releasing', '/releasing'],
  ]),
]

const reference = [
  group('API', [
    ['On one page', '/guide/api'],
    ['All entry points', '/api/'],
  ]),
  ...JSON.parse(API).map(({ title, path, children }) => ({
    text: title,
    link: linkOf(path),
    collapsed: title.includes('/'),
    items: children.map((child) => ({ text: child.title, link: linkOf(child.path) })),
  })),
]

export const sidebar = { '/': guide, '/api/': reference }

function group(text, pages) {
  return { text, items: pages.map(([name, link]) => ({ text: name, link })) }
}

function linkOf(path) {
  return `/api/${path.replace(/\.md$/, '')}`
}
