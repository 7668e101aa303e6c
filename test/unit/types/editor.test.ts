/** What an editor shows of a typed session. */
import { beforeAll, describe, expect, test } from 'vitest'
import { Editor } from './editor.js'

const HEAD = `
import Koa from 'koa'
import { z } from 'zod'
import { field, sessions } from 'koa-redis-session-sets'

interface CartItem { sku: string; count: number }
export const app = new Koa()
export const Session = sessions(app, {
  fields: {
    user_id: field.number(),
    name: field.string(),
    seen: field.date(),
    admin: field.boolean().default(false),
    cart: field.json<CartItem[]>(),
    theme: field.json(z.enum(['light', 'dark'])),
    tags: field.json(z.array(z.string()).default([])),
  },
  references: { user_id: {} },
})
`

describe('hovering', () => {
  let editor: Editor
  beforeAll(() => {
    editor = new Editor(`${HEAD}
app.use(Session).use(async (ctx) => {
  const session = ctx./*1*/session
  const /*2*/all = await session.get()
  const /*3*/some = await session.get(['user_id'])
  const /*4*/stored = await Session.store.get('x')
})
`)
    expect(editor.errors()).toEqual([])
  }, 60_000)

  test('over ctx.session shows the kinds of fields by name', () => {
    expect(editor.hover(1)).toBe(
      '(property) session: Session<{ readonly user_id: NumberField; readonly name: StringField; ' +
        'readonly seen: DateField; readonly admin: WithDefault<BooleanField>; ' +
        'readonly cart: JsonField<CartItem[]>; readonly theme: JsonField<"light" | "dark">; ' +
        'readonly tags: WithDefault<SchemaField<string[], string[] | undefined>>; }>',
    )
  })

  test('over what get resolves to shows values', () => {
    expect(editor.hover(2)).toBe(
      'const all: { readonly id?: string; user_id?: number; name?: string; seen?: Date; ' +
        'cart?: CartItem[]; theme?: "light" | "dark"; admin: boolean; tags: string[]; }',
    )
    expect(editor.hover(3)).toBe('const some: { readonly id?: string; user_id?: number; }')
  })

  test('over what the operator reads shows that all may be missing', () => {
    expect(editor.hover(4)).toBe(
      'const stored: { id?: string; user_id?: number; name?: string; seen?: Date; cart?: CartItem[]; ' +
        'theme?: "light" | "dark"; admin?: boolean; tags?: string[]; }',
    )
  })

  test('over a value that is wrong names the field', { timeout: 60_000 }, () => {
    const wrong = new Editor(`${HEAD}
app.use(Session).use(async (ctx) => {
  await ctx.session.set({ seen: 'x' })
  await ctx.session.set({ sean: new Date() })
  await ctx.session.set(await ctx.session.get())
})
`)
    expect(wrong.errors()).toEqual([
      "Type 'string' is not assignable to type 'Date'.",
      expect.stringContaining("'sean' does not exist in type"),
      expect.stringContaining("Types of property 'id' are incompatible"),
    ])
  })
})
