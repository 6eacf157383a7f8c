// A gate in front of the provider's token endpoint: counts refreshes, holds, delays or refuses them, and shortens lives.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What goes back to the app. */
export interface GateAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** A refresh request that came. */
export interface Refresh {
  /** Which process sent it. */
  readonly process: number
  /** Seconds from its arrival to its answer; undefined while there is none. */
  seconds: number | undefined
}

/** How a refresh is answered; `forward` has the provider spend the refresh token. Rejects when the app has gone. */
export type RefreshRule = (forward: () => Promise<GateAnswer>, refresh: Refresh) => Promise<GateAnswer>

export interface TokenGate {
  /** The token endpoint as one process knows it, so that the gate knows who asks. */
  tokenEndpoint(process: number): string
  /** The refresh requests so far; empty it with `length = 0`. */
  readonly refreshes: Refresh[]
  /** Whose token it is, by its hash: the `sub` for whom the provider issued it. */
  ownerOf(tokenHash: string): string | undefined
  /** `expires_in` of tokens for a code and of refreshed ones, in seconds. */
  readonly lifeSeconds: { code: number; refreshed: number }
  rule: RefreshRule
  close(): Promise<void>
}

/** Starts the gate; `provider` is the provider's own token endpoint. */
export async function startTokenGate(provider: string): Promise<TokenGate> {
  const owners = new Map<string, string>()
  const gate = { refreshes: [] as Refresh[], lifeSeconds: { code: 0, refreshed: 3600 }, rule: forwardAtOnce }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(message)
    const isRefresh = new URLSearchParams(body).get('grant_type') === 'refresh_token'
    const life = isRefresh ? gate.lifeSeconds.refreshed : gate.lifeSeconds.code
    const forward = async () => {
      // A provider that notices that its client has gone spends nothing.
      if (response.destroyed) throw new Error('the app has gone')
      return noteOwner(owners, withLife(await ask(provider, message, body), life))
    }
    const answer = await (isRefresh ? refresh(Number(message.url?.slice(1)), forward) : forward())
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body)
  }

  async function refresh(process: number, forward: () => Promise<GateAnswer>): Promise<GateAnswer> {
    const startedAt = performance.now()
    const seen: Refresh = { process, seconds: undefined }
    gate.refreshes.push(seen)
    const answer = await gate.rule(forward, seen)
    seen.seconds = (performance.now() - startedAt) / 1000
    return answer
  }

  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(gate, {
    tokenEndpoint: (process: number) => `http://127.0.0.1:${port}/${process}`,
    ownerOf: (tokenHash: string) => owners.get(tokenHash),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

/** The provider answers as it does. */
export const forwardAtOnce: RefreshRule = (forward) => forward()

/** The first refresh by one rule, all others as usual. */
export function firstBy(rule: RefreshRule): RefreshRule {
  let isFirst = true
  return (forward, refresh) => {
    const chosen = isFirst ? rule : forwardAtOnce
    isFirst = false
    return chosen(forward, refresh)
  }
}

/** A rule that keeps refreshes waiting. */
export interface HoldingRule {
  readonly rule: RefreshRule
  /** Resolves with the first refresh that waits. */
  readonly held: Promise<Refresh>
  release(): void
}

/** Holds refreshes before or after the provider has spent the refresh token. */
export function hold(when: 'before' | 'after'): HoldingRule {
  const held = signal<Refresh>()
  const released = signal<void>()
  return {
    async rule(forward, refresh) {
      const early = when === 'after' ? await forward() : undefined
      held.give(refresh)
      await released.given
      return early ?? (await forward())
    },
    held: held.given,
    release: () => released.give(),
  }
}

/** A promise, and what resolves it. */
function signal<Value>(): { readonly given: Promise<Value>; give(value: Value): void } {
  let give: (value: Value) => void = () => {}
  const given = new Promise<Value>((resolve) => {
    give = resolve
  })
  return { given, give: (value) => give(value) }
}

async function ask(provider: string, { headers }: IncomingMessage, body: string): Promise<GateAnswer> {
  const { authorization, 'content-type': type = '' } = headers
  const init = { 'content-type': type, ...(authorization === undefined ? {} : { authorization }) }
  const answer = await fetch(provider, { method: 'POST', headers: init, body })
  return { status: answer.status, body: await answer.text() }
}

function withLife(answer: GateAnswer, expiresIn: number): GateAnswer {
  if (answer.status !== 200) return answer
  return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), expires_in: expiresIn }) }
}

function noteOwner(owners: Map<string, string>, answer: GateAnswer): GateAnswer {
  if (answer.status !== 200) return answer
  const { access_token: accessToken, id_token: idToken } = JSON.parse(answer.body)
  const { sub } = JSON.parse(Buffer.from(idToken.split('.')[1], 'base64url').toString())
  owners.set(createHash('sha256').update(accessToken).digest('base64url'), sub)
  return answer
}
