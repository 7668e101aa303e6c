import { defineScript, PAGE_OF } from './script.js'

/**
 * Reads a page of a set. Modelled in test/model as `scan`.
 *
 * KEYS[1] the set
 * ARGV[1] where it begins: '0', or what the page before returned
 * ARGV[2] how many members a page has
 *
 * Returns what `page_of` returns.
 */
export const READ_PAGE = defineScript(PAGE_OF, `return page_of(KEYS[1], ARGV[1], ARGV[2])`)
