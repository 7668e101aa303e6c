/** koa-passport with the passport that it brings. */
declare module 'koa-passport06' {
  import koaPassport from 'koa-passport'
  export default koaPassport
}
