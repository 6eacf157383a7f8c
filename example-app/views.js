// @ts-check
// Pages from the templates in views/, with everything escaped that is put into them.
import { join } from 'node:path'
import { Eta } from 'eta'

const eta = new Eta({ views: join(import.meta.dirname, 'views'), cache: true })

/**
 * @param {string} name of the template, without its extension
 * @param {object} data what the template reads as `it`
 * @returns {string}
 */
export function renderPage(name, data) {
  return eta.render(name, data)
}
