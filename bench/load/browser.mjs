// The browser of one person, as small as it can be: a connection pool, and cookies by name and value.
export class Browser {
  cookies = new Map()
  #pool

  constructor(pool) {
    this.#pool = pool
  }

  get cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async request(path, { method = 'GET', headers = {}, body = null } = {}) {
    const answer = await this.#pool.request({ path, method, headers: { ...headers, cookie: this.cookie }, body })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line)
    return { status: answer.statusCode, location: answer.headers.location, text: await answer.body.text() }
  }

  /** An empty value is how servers delete a cookie. */
  #keep(line) {
    const [pair] = line.split(';', 1)
    const split = pair.indexOf('=')
    const value = pair.slice(split + 1)
    if (value === '') this.cookies.delete(pair.slice(0, split))
    else this.cookies.set(pair.slice(0, split), value)
  }
}
