// GET and POST /resume-post: asks whether a form that met an ended login is to be sent, and lets the browser send it.
import { hash, timingSafeEqual } from 'node:crypto'
import { RelyingPartyError } from '../errors.ts'
import { addressOf } from '../http/address.ts'
import { readFormBody } from '../http/form-body.ts'
import type { HttpRequest, HttpResponse } from '../http/messages.ts'
import { isFormNavigation, isNavigationOrUnknown } from '../http/navigation.ts'
import { sendPage } from '../http/page.ts'
import { redirect } from '../http/redirect.ts'
import { mountPath } from '../http/request-url.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { isSameOriginPost } from '../http/same-site.ts'
import type { Settings } from '../options-settings.ts'
import type { InterruptedPost, InterruptedPosts } from '../session/interrupted-post.ts'
import type { Logins } from '../session/logins.ts'
import type { ReplacedSessions } from '../session/replaced-sessions.ts'
import type { LoginOptions, StartLogin } from './start-login.ts'

/** A login that may have a form to send after it. */
export interface ResumingLoginOptions extends LoginOptions {
  /** The local URL that this request posts a form to; undefined when nothing is to be kept. */
  readonly post?: string | undefined
}

/** What `express.urlencoded()` takes by default. */
const largestPostBytes = 100 * 1024

/** Starts a login like `startLogin`, and keeps the form of the request before that where it is asked to. */
export function createResumingLogin(settings: Settings, { startLogin, posts, replacedSessions }: ResumingLoginParts) {
  return async function login(
    request: HttpRequest,
    response: HttpResponse,
    { post, ...options }: ResumingLoginOptions,
  ): Promise<void> {
    if (post === undefined) return await startLogin(request, response, options)
    // It would be kept in a session whose cookie is not set: the form is still in the browser.
    if (await replacedSessions.includes(request)) throw notKept('another tab has just signed in; send it again')
    await posts.keep(request, await readPost(settings, request, post))
    await startLogin(request, response, { ...options, returnTo: resumeUrl(settings) })
  }
}

/** What a login that keeps a form works with. */
interface ResumingLoginParts {
  readonly startLogin: StartLogin
  readonly posts: Pick<InterruptedPosts, 'keep'>
  readonly replacedSessions: Pick<ReplacedSessions, 'includes'>
}

/** What asks, and what takes the answer. */
interface ResumePost {
  readonly ask: Serve
  readonly answer: Serve
}

type Serve = (request: HttpRequest, response: HttpResponse) => Promise<void>

/** What the route works with. */
interface ResumePostParts {
  readonly posts: Pick<InterruptedPosts, 'find' | 'take'>
  readonly logins: Pick<Logins, 'load'>
  readonly startLogin: StartLogin
}

/** Makes both halves of the route. */
export function createResumePost(settings: Settings, { posts, logins, startLogin }: ResumePostParts): ResumePost {
  return {
    async ask(request, response) {
      const post = await requirePost(request)
      if (await logins.load(request)) sendQuestion(settings, request, response, post)
      else await signInFirst(request, response)
    },

    async answer(request, response) {
      requireOwnPage(settings, request)
      const post = await requirePost(request)
      if (!(await logins.load(request))) return await signInFirst(request, response)
      const isWanted = await readAnswer(request, post)
      if (!(await posts.take(request))) throw refusal('It was sent or discarded in another tab at this moment.')
      if (isWanted) sendForm(request, response, post)
      else redirect(request, response, `${settings.basePath}/`)
    },
  }

  async function requirePost(request: HttpRequest): Promise<InterruptedPost> {
    const post = await posts.find(request)
    if (post !== undefined) return post
    throw refusal("There is none: it was sent or discarded already, is older than an hour, or was somebody else's.")
  }

  /** The login was cancelled, or has ended again. */
  async function signInFirst(request: HttpRequest, response: HttpResponse): Promise<void> {
    if (!isNavigationOrUnknown(request)) {
      const message = 'The form can be sent by who signs in first. Navigate to this URL.'
      throw new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
    }
    const mount = mountPath(request, request.url ?? '/')
    await startLogin(request, response, { returnTo: resumeUrl(settings), provider: undefined, mount })
  }
}

function resumeUrl({ basePath, routes }: Settings): string {
  return basePath + routes.resumePost
}

/** The form of a person on a page of this very origin, complete; anything else is not kept (CSRF by way of us). */
async function readPost(
  settings: Settings,
  request: HttpRequest,
  url: string,
): Promise<Pick<InterruptedPost, 'action' | 'form'>> {
  const { origin } = addressOf(request, settings)
  const action = parseReturnTo(url)
  if (!isFormNavigation(request) || action === undefined) throw notKept('it is not a form that a person sent')
  if (!isSameOriginPost(request, origin)) throw notKept(`it did not provably come from a page of ${origin}`)
  const body = await readFormBody(request, largestPostBytes)
  if ('fault' in body) throw notKept(body.fault)
  const form = body.form.toString()
  if (!isComplete(request, body.form)) throw notKept('its body would not be the same when it is sent again')
  return { action, form }
}

/** Our page is UTF-8, so another charset, or what HTML cannot carry, would come out as something else. */
function isComplete({ headers }: HttpRequest, form: URLSearchParams): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8'
  const hadBody = Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined
  const isText = [...form].flat().every((text) => !/[\0\ufffd]/.test(text))
  return /^utf-?8$/i.test(charset) && !(hadBody && form.size === 0) && isText
}

function notKept(why: string): RelyingPartyError {
  const message = `Nobody is signed in, and the request cannot be kept until somebody is: ${why}.`
  return new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message })
}

function requireOwnPage(settings: Settings, request: HttpRequest): void {
  const { origin } = addressOf(request, settings)
  if (isSameOriginPost(request, origin)) return
  throw refusal(`The confirmation did not provably come from a page of ${origin}.`)
}

/** Shows where it goes and nothing of what is in it: that may be a password, and somebody may look on. */
function sendQuestion(
  settings: Settings,
  request: HttpRequest,
  response: HttpResponse,
  { action, token }: InterruptedPost,
): void {
  sendPage(request, response, {
    status: 200,
    title: 'Send your form again?',
    text:
      `Your form for ${action.split('?', 1)[0]} came when you were not signed in, so nothing was done with it. ` +
      'You are signed in now.',
    question: {
      action: resumeUrl(settings),
      fields: { token },
      answers: [
        { value: 'send', text: 'Send it now' },
        { value: 'discard', text: 'Discard it' },
      ],
    },
    isOwnForm: true,
  })
}

/** Whether it is to be sent; throws unless our own page says so, with the token of this very form. */
async function readAnswer(request: HttpRequest, { token }: InterruptedPost): Promise<boolean> {
  const body = await readFormBody(request)
  const [given = [], answers = []] = 'fault' in body ? [] : [body.form.getAll('token'), body.form.getAll('answer')]
  const [answer] = answers
  const isOne = given.length === 1 && answers.length === 1
  if (!isOne || !isEqual(given.join(), token)) throw refusal('The confirmation was not made on the page for it.')
  if (answer !== 'send' && answer !== 'discard') throw refusal('The confirmation has no answer that we know.')
  return answer === 'send'
}

/** In constant time, by hashes of equal length. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => hash('sha256', text, 'buffer'))
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}

/** The browser sends it, as it sent it before: the app's parsers, checks and URLs see nothing new. */
function sendForm(request: HttpRequest, response: HttpResponse, { action, form }: InterruptedPost): void {
  sendPage(request, response, {
    status: 200,
    title: 'Sending your form',
    text: 'Your form is on its way.',
    form: { action, fields: [...new URLSearchParams(form)], button: 'Send it' },
    isOwnForm: true,
  })
}

function refusal(why: string): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_INTERRUPTED_POST', { message: `No form was sent again. ${why}` })
}
