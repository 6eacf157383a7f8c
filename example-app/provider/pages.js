// @ts-check
// The provider's pages, and those that oidc-provider shows by itself: signing out, signed out, and errors.
import { renderPage } from '../views.js'

/** @typedef {import('oidc-provider').KoaContextWithOIDC} Context */

/** What the layout needs to know; the other look says that this is another site than the app. */
export const site = {
  name: 'Demo provider',
  logo: 'provider-logo.svg',
  theme: 'provider',
  base: '',
  footer: 'A certified OpenID Provider, running on this machine only.',
}

/**
 * @param {string} name of a template in views/provider/
 * @param {object} data
 */
export function renderProviderPage(name, data) {
  return renderPage(`provider/${name}`, { site, ...data })
}

/**
 * @param {Context} ctx
 * @param {string} form without buttons; it has the id `op.logoutForm`, which the buttons of our page name
 */
export function renderLogout(ctx, form) {
  ctx.body = renderProviderPage('logout', { form, client: nameOfClient(ctx) })
}

/** @param {Context} ctx */
export function renderLogoutDone(ctx) {
  ctx.body = renderProviderPage('logout-done', {})
}

/**
 * @param {Context} ctx
 * @param {import('oidc-provider').ErrorOut} out
 */
export function renderError(ctx, out) {
  ctx.type = 'html'
  ctx.body = renderPage('message', {
    site,
    title: 'This request was refused',
    text: out.error_description ?? out.error,
  })
}

/** @param {Context} ctx */
function nameOfClient(ctx) {
  return ctx.oidc.client?.clientName ?? 'the app'
}
