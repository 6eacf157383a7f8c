// A self-signed certificate as WSO2 Identity Server ships one (wire 1: CN and SAN localhost), in DER by hand:
// node:crypto reads certificates but makes none, and a certificate in the repository would expire.

import { type KeyObject, randomBytes, sign } from 'node:crypto'

const DAY_SECONDS = 86_400
const tags = { integer: 0x02, bitString: 0x03, octetString: 0x04, utf8: 0x0c, sequence: 0x30, set: 0x31, utcTime: 0x17 }
// RFC 5280: the object identifiers, with tag and length.
const oids = {
  sha256WithRsa: Buffer.from('06092a864886f70d01010b', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
  subjectAltName: Buffer.from('0603551d11', 'hex'),
}
const NULL = Buffer.from('0500', 'hex')

/** The key pair to certify, and from when to when. */
export interface CertificateOptions {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly hostname: string
  /** Whether its time is over, as in some builds of WSO2 Identity Server. */
  readonly isExpired?: boolean
}

/** The certificate in DER. */
export function createCertificate(options: CertificateOptions): Buffer {
  const algorithm = der(tags.sequence, oids.sha256WithRsa, NULL)
  const certified = toBeSigned(options, algorithm)
  const signature = sign('sha256', certified, options.privateKey)
  return der(tags.sequence, certified, algorithm, bitString(signature))
}

/** The same in PEM. */
export function toPem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function toBeSigned({ publicKey, hostname, isExpired = false }: CertificateOptions, algorithm: Buffer): Buffer {
  const now = Date.now() / 1000
  const endsAt = isExpired ? now - DAY_SECONDS : now + 30 * DAY_SECONDS
  const name = distinguishedName(hostname)
  return der(
    tags.sequence,
    der(0xa0, der(tags.integer, Buffer.of(2))),
    // A leading 1: positive, and in its shortest form.
    der(tags.integer, Buffer.of(1), randomBytes(15)),
    algorithm,
    name,
    der(tags.sequence, utcTime(now - 2 * DAY_SECONDS), utcTime(endsAt)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(tags.sequence, subjectAltName(hostname))),
  )
}

function distinguishedName(hostname: string): Buffer {
  const attribute = der(tags.sequence, oids.commonName, der(tags.utf8, Buffer.from(hostname)))
  return der(tags.sequence, der(tags.set, attribute))
}

function subjectAltName(hostname: string): Buffer {
  const names = der(tags.sequence, der(0x82, Buffer.from(hostname)))
  return der(tags.sequence, oids.subjectAltName, der(tags.octetString, names))
}

/** `260131235959Z`: good until 2049. */
function utcTime(at: number): Buffer {
  const digits = new Date(at * 1000).toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(tags.utcTime, Buffer.from(digits.slice(2)))
}

function bitString(content: Buffer): Buffer {
  return der(tags.bitString, Buffer.of(0), content)
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag), derLength(content.length), content])
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length)
  if (length < 0x100) return Buffer.of(0x81, length)
  return Buffer.of(0x82, length >> 8, length & 0xff)
}
