// @ts-check
// Signing in and consenting: the two questions the provider asks a person before it answers the app.
import express from 'express'
import { accountNames, authenticate } from './accounts.js'
import { describeConsent, grantConsent, nameOfClient } from './consent.js'

/**
 * @typedef {import('oidc-provider').Provider} Provider
 * @typedef {Awaited<ReturnType<Provider['interactionDetails']>>} Interaction
 */

/**
 * @param {Provider} provider
 * @param {import('./pages.js').Pages} pages
 */
export function interactions(provider, pages) {
  const router = express.Router()
  router.use(express.urlencoded({ extended: false }))

  router.get('/:uid', async (req, res) => {
    const interaction = await provider.interactionDetails(req, res)
    if (interaction.prompt.name === 'login')
      await sendLogin(res, interaction, { username: interaction.params.login_hint })
    else res.send(pages.render('consent', await describeConsent(provider, interaction)))
  })

  router.post('/:uid/login', async (req, res) => {
    const interaction = await provider.interactionDetails(req, res)
    const { username, password } = req.body ?? {}
    const account = authenticate(username, password)
    if (account) await finish(req, res, { login: { accountId: account.accountId, amr: ['pwd'] } })
    else await sendLogin(res.status(401), interaction, { username, wrong: true })
  })

  router.post('/:uid/consent', async (req, res) => {
    const interaction = await provider.interactionDetails(req, res)
    await finish(req, res, { consent: { grantId: await grantConsent(provider, interaction) } })
  })

  router.post('/:uid/cancel', async (req, res) => {
    await finish(req, res, { error: 'access_denied', error_description: 'The person cancelled.' })
  })

  /**
   * Goes on with the Authentication Request that was interrupted by the question.
   *
   * @param {express.Request} req
   * @param {express.Response} res
   * @param {import('oidc-provider').InteractionResults} result
   */
  const finish = (req, res, result) => provider.interactionFinished(req, res, result)

  /**
   * @param {express.Response} res
   * @param {Interaction} interaction
   * @param {{ username?: unknown, wrong?: boolean }} given
   */
  async function sendLogin(res, { uid, params }, { username = '', wrong = false }) {
    const client = await nameOfClient(provider, params)
    res.send(pages.render('login', { uid, client, username, wrong, accountNames }))
  }

  return router
}
