import type { Context } from 'koa'

/** Answers with a status, and nothing that an application's error page could replace. */
export function answerEmpty(ctx: Context, status: number): void {
  ctx.status = status
  ctx.body = ''
}
