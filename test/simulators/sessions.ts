// Login sessions at the provider: one cookie of the vendor's name per browser, which is what single sign-on is.

import { randomBytes, randomUUID } from 'node:crypto'
import type { Answer } from '../../src/testing/answer.ts'
import type { Context, LoginSession } from './context.ts'
import { cookieOf, parameterOf, type SimulatorRequest } from './wire-request.ts'

/** The session of the browser that asks. */
export function findSession(context: Context, request: SimulatorRequest): LoginSession | undefined {
  return context.sessions.get(cookieOf(request, context.profile.sessionCookie) ?? '')
}

/** Whether this session answers the Authentication Request without a new login. */
export function isFreshEnough(context: Context, session: LoginSession, parameters: URLSearchParams): boolean {
  if (parameterOf(parameters, 'prompt')?.split(' ').includes('login')) return false
  const maxAge = parameterOf(parameters, 'max_age')
  return maxAge === undefined || context.clock.nowAt() - session.authTimeAt <= Number(maxAge)
}

/** Signs the user in; a login again keeps the `sid` of the browser. */
export function establishSession(context: Context, previous: LoginSession | undefined): LoginSession {
  if (previous) context.sessions.delete(previous.id)
  const session: LoginSession = {
    id: randomBytes(16).toString('hex'),
    sid: previous?.user.sub === context.user.sub ? previous.sid : randomUUID(),
    user: context.user,
    authTimeAt: context.clock.nowAt(),
    clients: new Set(previous?.clients),
  }
  context.sessions.set(session.id, session)
  return session
}

/** The answer with the session's cookie. */
export function withSessionCookie(context: Context, answer: Answer, session: LoginSession): Answer {
  return setCookie(answer, `${context.profile.sessionCookie}=${session.id}; Path=/; HttpOnly; SameSite=Lax`)
}

/** The answer that takes the cookie away. */
export function withoutSessionCookie(context: Context, answer: Answer): Answer {
  return setCookie(answer, `${context.profile.sessionCookie}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`)
}

function setCookie(answer: Answer, cookie: string): Answer {
  return { ...answer, headers: { ...answer.headers, 'set-cookie': cookie } }
}
