// @ts-check
// The provider's pages, and those that oidc-provider shows by itself: signing out, signed out, and errors.
import { renderPage } from '../views.js'

/**
 * @typedef {ReturnType<typeof createPages>} Pages
 * @typedef {import('oidc-provider').KoaContextWithOIDC} Context
 */

/** @param {string} appUrl where the way back leads to */
export function createPages(appUrl) {
  /** What the layout needs to know; the other look says that this is another site than the app. */
  const site = {
    name: 'Demo provider',
    logo: 'provider-logo.svg',
    theme: 'provider',
    base: '',
    footer: 'A certified OpenID Provider, running on this machine only.',
    back: { href: appUrl, text: 'Back to the app' },
  }

  /**
   * @param {string} name of a template in views/provider/
   * @param {object} data
   */
  const render = (name, data) => renderPage(`provider/${name}`, { site, ...data })

  /**
   * @param {Context} ctx
   * @param {string} form without buttons; it has the id `op.logoutForm`, which the buttons of our page name
   */
  function renderLogout(ctx, form) {
    ctx.body = render('logout', { form, client: ctx.oidc.client?.clientName })
  }

  /** @param {Context} ctx */
  function renderLogoutDone(ctx) {
    ctx.body = render('logout-done', {})
  }

  /**
   * @param {Context} ctx
   * @param {import('oidc-provider').ErrorOut} out
   */
  function renderError(ctx, { error, error_description: description = error }) {
    ctx.type = 'html'
    ctx.body = renderPage('message', { site, title: 'This request was refused', text: description })
  }

  return { site, render, renderLogout, renderLogoutDone, renderError }
}
