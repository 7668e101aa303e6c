/** What the tests use of libraries without types. */
declare module 'koa-redis' {
  interface Store {
    get(id: string): Promise<unknown>
    set(id: string, session: object, ttl?: number): Promise<void>
    destroy(id: string): Promise<void>
    on(event: string, listener: () => void): void
  }
  export default function koaRedis(options: { client: object }): Store
}

declare module 'koa-generic-session' {
  export default function koaGenericSession(options: object): import('koa').Middleware
}
