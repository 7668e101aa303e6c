import { PAGES } from './pages.js'
import { TABLE } from './table.js'
import { THEME } from './theme.js'

/** The stylesheet: light and dark, for phones and wide screens. */
export const STYLE = THEME + PAGES + TABLE
