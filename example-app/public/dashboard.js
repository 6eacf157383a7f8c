// @ts-check
/// <reference lib="dom" />
// The script of GET /dashboard: asks the app's API by fetch(), and goes to the login when nobody is signed in any more.

const answer = /** @type {HTMLElement} */ (document.getElementById('answer'))
const note = /** @type {HTMLElement} */ (document.getElementById('note'))
const again = /** @type {HTMLAnchorElement} */ (document.getElementById('again'))

async function showMe() {
  const response = await fetch(String(answer.dataset['api']), { headers: { accept: 'application/json' } })
  const body = await response.json()
  if (response.status === 401) return signIn(body.login_url)
  if (!response.ok) return say(`The API answered ${response.status}: ${body.title}`)
  answer.textContent = JSON.stringify(body, null, 2)
  say(`Fetched by the script of this page at ${new Date().toLocaleTimeString()}.`)
}

/**
 * A redirect to the provider is for pages and not for fetch(): so the page itself goes, and comes back to where it was.
 *
 * @param {string | undefined} loginUrl none when the app has no such route: then the guard of this page sends to the login
 */
function signIn(loginUrl) {
  const { pathname, search, hash } = location
  if (loginUrl === undefined) location.reload()
  else location.assign(`${loginUrl}?${new URLSearchParams({ return_to: pathname + search + hash })}`)
}

/** @param {string} text */
function say(text) {
  note.textContent = text
}

function update() {
  showMe().catch(() => say('The API cannot be reached.'))
}

again.addEventListener('click', (event) => {
  event.preventDefault()
  update()
})
update()
