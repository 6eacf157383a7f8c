// What every token that a provider signs for this client is held to: the agreed algorithm, its keys, its issuer.
import { createSecretKey } from 'node:crypto'
import type { ProviderSettings } from '../options-settings.ts'
import type { FindKey } from '../providers/key-set.ts'
import type { Provider } from '../providers/provider.ts'
import type { JwtRules } from './jwt.ts'

/** `alg` is pinned to the one that was agreed on: a token chooses neither `none` nor a MAC keyed by a public key. */
export function jwtRules(settings: ProviderSettings): Omit<JwtRules, 'requiredClaims'> {
  return {
    algorithms: [settings.idTokenSignedResponseAlg],
    audiences: [settings.clientId],
    clockToleranceSeconds: settings.clockToleranceSeconds,
    now: settings.clock(),
  }
}

/**
 * The provider's published keys, or the client secret for an algorithm of the HS family.
 *
 * @param sender - `'stranger'` for a token that did not come from an endpoint of the provider
 */
export function keyFor({ settings, keys }: Provider, sender: 'provider' | 'stranger'): FindKey {
  const { idTokenSignedResponseAlg, clientSecret = '' } = settings
  if (!idTokenSignedResponseAlg.startsWith('HS')) return sender === 'provider' ? keys.find : keys.findForStranger
  return () => createSecretKey(clientSecret, 'utf8')
}

/** The issuer of the metadata, exactly; where that stands for many tenants, one of those that were named. */
export function issuerFault(
  { iss, tid }: { readonly iss?: unknown; readonly tid?: unknown },
  issuer: string,
  { tenants }: Pick<ProviderSettings, 'tenants'>,
): string | undefined {
  const isTemplate = issuer.includes('{tenantid}')
  if (isTemplate && !(typeof tid === 'string' && tenants?.includes(tid))) {
    return 'its tenant is not one of provider.tenants'
  }
  return iss === (isTemplate ? issuer.replace('{tenantid}', String(tid)) : issuer)
    ? undefined
    : 'its iss is not the provider'
}
