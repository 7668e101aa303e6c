/** The code of docs/guide/observing.md is run here. */
import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { register } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import type { SessionEvents } from '../../../src/index.js'
import { readPage } from './blocks.js'
import { listen, on, requireWith } from './channels.js'
import { openSite } from './site.js'

test('the table has each channel, with all that its messages hold', async () => {
  const rows = [
    ...readPage('docs/guide/observing.md').matchAll(/^\| `([\w-]+)` \| .* \| (.+) \|$/gm),
  ]
  const holds = Object.fromEntries(
    rows.map(([, name, text]) => [
      name!,
      Array.from(text!.replace(/: `.*/, '').matchAll(/`(\w+)`/g), ([, key]) => key!).toSorted(),
    ]),
  )
  const published = new Map<string, string[]>()
  for (const name of Object.keys(holds)) {
    on(name as keyof SessionEvents, (event) => {
      published.set(
        name,
        Object.keys(event)
          .filter((key) => key !== 'at')
          .toSorted(),
      )
    })
  }
  const site = openSite('observing', { references: { user_id: { max: 1, onMax: 'refuse' } } })
  const { store } = site.Session
  site.app.use(async (ctx) => {
    if (ctx.path === '/renew') await ctx['session'].regenerate()
  })
  const visitor = await site.signedIn('table')
  await visitor.get('/renew')
  await site.agent().post('/sign-in').send({ user_id: 'table' }).expect(403)
  await site.Session.revokeAll('user_id', 'table')
  site.client.disconnect()
  await expect(store.get(store.createSessionId())).rejects.toThrow('Redis')
  expect(Object.fromEntries(published)).toEqual(holds)
})

test('a listener is told who ended a session, and why', async () => {
  const lines: unknown[][] = []
  const site = openSite(
    'observing',
    {},
    {
      console: { log: (...line: unknown[]) => lines.push(line) },
      require: requireWith('node:diagnostics_channel', { subscribe: listen }),
    },
  )
  await site.runSection('Subscribe')
  const { id } = await site.Session.createCookie({ user_id: 'told' })
  await site.Session.revoke(id, { reason: 'lost phone' })
  expect(lines).toEqual([[expect.stringContaining('%s'), id, 'operator', 'lost phone']])
})

test('Prometheus counts by who, why and what', async () => {
  onTestFinished(() => register.clear())
  const site = openSite(
    'observing',
    { references: { user_id: { max: 1, onMax: 'refuse' } } },
    { on },
  )
  // Before the routes, and after the middleware.
  const routes = site.app.middleware.splice(1)
  await site.runSection('Prometheus')
  site.app.middleware.push(...routes)
  site.app.use(async (ctx) => {
    const session = ctx['session']
    if (ctx.path === '/peek') ctx.body = await session.peek()
    if (ctx.path === '/get') ctx.body = await session.get()
    if (ctx.path === '/none') ctx.body = 'none'
    if (ctx.path === '/fail') ctx.throw(418)
    if (ctx.path === '/logout') await session.delete()
  })
  const lines = async () => {
    const text = await register.metrics()
    return text
      .split('\n')
      .filter((line) => line.startsWith('sessions_') && !/_bucket|_sum/.test(line))
  }
  const visitor = await site.signedIn('p')
  await site.agent().post('/sign-in').send({ user_id: 'p' }).expect(403)
  for (const path of ['/peek', '/get', '/none']) await visitor.get(path).expect(200)
  // Without a cookie, and with one that opens nothing.
  await site.agent().get('/peek')
  const forged = `session-id=${site.Session.store.createSessionId()}.${'a'.repeat(32)}`
  for (const path of ['/peek', '/get', '/none', '/fail']) {
    await site.agent().get(path).set('cookie', forged)
  }
  await site.Session.revokeAll('user_id', 'p', { reason: 'over' })
  await visitor.get('/peek')
  await (await site.signedIn('q')).get('/logout')
  expect(await lines()).toEqual([
    'sessions_started_total 3',
    'sessions_signed_in_total 2',
    'sessions_ended_total{by="operator"} 1',
    'sessions_ended_total{by="owner"} 1',
    'sessions_refused_total{code="ERR_SESSION_LIMIT"} 1',
    'sessions_store_failure_seconds_count 0',
    'sessions_cookies_total{state="alive"} 2',
    'sessions_cookies_total{state="none"} 3',
    'sessions_cookies_total{state="ended"} 1',
  ])
  site.client.disconnect()
  await visitor.get('/peek').expect(503)
  expect(await lines()).toContain('sessions_store_failure_seconds_count 1')
})

test('OpenTelemetry: the request that ended sessions, and how long Redis let it wait', async () => {
  const spans = new InMemorySpanExporter()
  const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600_000 })
  const metering = new MeterProvider({ readers: [reader] })
  trace.setGlobalTracerProvider(tracing)
  metrics.setGlobalMeterProvider(metering)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  onTestFinished(async () => {
    trace.disable()
    metrics.disable()
    context.disable()
    await Promise.all([tracing.shutdown(), metering.shutdown()])
  })

  const site = openSite('observing', {}, { on })
  await site.runSection('OpenTelemetry')
  const { id } = await site.Session.createCookie({ user_id: 'otel' })
  spans.reset()
  const tracer = trace.getTracer('test')
  const request = await tracer.startActiveSpan('POST /logout-everywhere', async (span) => {
    await site.Session.revokeAll('user_id', 'otel', { reason: 'private' })
    span.end()
    return span.spanContext()
  })
  const [ended] = spans.getFinishedSpans()
  expect(ended).toMatchObject({
    name: 'session ended',
    parentSpanContext: { spanId: request.spanId },
    attributes: {
      'sessions.event': 'ended',
      'sessions.ended_by': 'operator',
      'session.id': id,
    },
  })
  expect(JSON.stringify(ended!.attributes)).not.toMatch(/private|otel/)
  expect(ended!.duration).toEqual([0, 0])

  site.client.disconnect()
  await tracer.startActiveSpan('another request', async () => {
    await expect(site.Session.store.get(id)).rejects.toThrow('Redis')
  })
  const failure = spans.getFinishedSpans().at(-1)!
  expect(failure.name).toBe('session store failure')
  expect(failure.parentSpanContext).toBeUndefined()
  await reader.forceFlush()
  const [{ scopeMetrics }] = exporter.getMetrics() as unknown as [
    { scopeMetrics: { metrics: { descriptor: { name: string }; dataPoints: unknown[] }[] }[] },
  ]
  const points = Object.fromEntries(
    scopeMetrics[0]!.metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]),
  )
  const point = (event: string, more: object = {}) =>
    expect.objectContaining({ value: 1, attributes: { 'sessions.event': event, ...more } })
  expect(points['sessions.events']).toEqual([
    point('started'),
    point('signed-in'),
    point('ended', { 'sessions.ended_by': 'operator' }),
  ])
  expect(points['sessions.store.failure.duration']).toEqual([
    expect.objectContaining({ value: expect.objectContaining({ count: 1 }) }),
  ])
})
