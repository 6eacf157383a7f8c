// @ts-check
// What is left when no route and no errorPage() of the library answered.
import { renderPage } from './views.js'

/**
 * @param {object} site
 * @returns {import('express').RequestHandler}
 */
export function notFound(site) {
  return function notFound(_req, res) {
    res
      .status(404)
      .send(renderPage('message', { site, title: 'Page not found', text: 'There is nothing at this address.' }))
  }
}

/**
 * A fault in a request has a status of 4xx; every other error is ours, and its details go to the log alone.
 *
 * @param {object} site
 * @returns {import('express').ErrorRequestHandler}
 */
export function unexpectedError(site) {
  return function unexpectedError(error, _req, res, next) {
    const isRequestFault = error.status >= 400 && error.status < 500
    if (!isRequestFault) console.error(error)
    if (res.headersSent) return next(error)
    const title = isRequestFault ? 'This page cannot be shown' : 'Something went wrong'
    const text = isRequestFault ? 'It may have expired, or its address is wrong.' : 'Please try again in a moment.'
    res.status(isRequestFault ? error.status : 500).send(renderPage('message', { site, title, text }))
  }
}
