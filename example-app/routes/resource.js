// @ts-check
// GET /api/resource: an API called in the person's name; what it answers is passed on as it comes.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RelyingPartyError } from 'express-relying-party'
import { sendProblem } from '../problems.js'

/** How long the API may take until it begins to answer. */
const answerSeconds = 10

const notSet = { status: 404, title: 'There is no resource: RESOURCE_URL is not set' }
const notReached = { status: 502, title: 'The resource cannot be reached' }

/**
 * @param {string | undefined} url
 * @returns {import('express').RequestHandler}
 */
export function resource(url) {
  return async function resource(req, res) {
    await req.oidc.getAccessToken() // throws for whoever is not signed in
    if (url === undefined) return sendProblem(res, notSet)
    const answer = await fetchResource(req, url)
    if (answer === undefined) return sendProblem(res, notReached)
    // What another site sends must not act as a page of this one.
    res.status(answer.status).set('Content-Security-Policy', "default-src 'none'; sandbox")
    const contentType = answer.headers.get('content-type')
    if (contentType !== null) res.set('Content-Type', contentType)
    await sendBody(answer, res)
  }
}

/**
 * @param {import('express').Request} req
 * @param {string} url
 * @returns {Promise<Response | undefined>} nothing when nobody answers
 */
async function fetchResource({ oidc }, url) {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), answerSeconds * 1000)
  try {
    return await oidc.fetch(url, { signal: limit.signal })
  } catch (error) {
    if (error instanceof RelyingPartyError) throw error
    console.error(`RESOURCE_URL cannot be reached: ${reasonOf(error)}`)
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/**
 * @param {Response} answer
 * @param {import('express').Response} res
 */
async function sendBody({ body }, res) {
  if (body === null) return void res.end()
  try {
    await pipeline(Readable.fromWeb(/** @type {import('node:stream/web').ReadableStream} */ (body)), res)
  } catch (error) {
    // The status is sent: all that can still be told is that the answer has no end, which pipeline() has done.
    console.error(`RESOURCE_URL: the answer broke off: ${reasonOf(error)}`)
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  const { name, code, cause } = /** @type {NodeJS.ErrnoException} */ (error)
  return /** @type {NodeJS.ErrnoException | undefined} */ (cause)?.code ?? code ?? name
}
