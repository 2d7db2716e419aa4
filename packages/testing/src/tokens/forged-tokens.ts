import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { base64url, createTokenSigner } from './token-signer.ts'

export interface Forgery {
  what: string
  token: string
}

interface Genuine {
  /** A valid access token. */
  token: string
  /** The key it was signed by, as it is published. */
  publicKeyPem: string
}

type Part = Record<string, unknown>

/** Tokens of someone who has seen a genuine one and its public key, and has no private key. None may be accepted. */
export function forgedTokens({ token, publicKeyPem }: Genuine): Forgery[] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const original = { header: parsed(header), payload: parsed(payload) }
  return [
    ...unsigned(original, signature),
    ...signedWithThePublicKey(original, publicKeyPem),
    ...signedByOthers(original),
    ...changed(original, signature),
    ...ofAnotherShape(header, payload, signature),
  ].map(([what, forged]) => ({ what, token: forged }))
}

interface Original {
  header: Part
  payload: Part
}
type Forged = [what: string, token: string]

function unsigned({ header, payload }: Original, signature: string): Forged[] {
  const spellings = ['none', 'None', 'NONE', 'nOnE', 'nONE', 'NoNe', 'none ', '']
  return [
    ...spellings.flatMap((alg): Forged[] => [
      [`alg ${JSON.stringify(alg)} and no signature`, `${compact({ ...header, alg }, payload)}.`],
      [`alg ${JSON.stringify(alg)} and the signature of another token`, `${compact({ ...header, alg }, payload)}.${signature}`],
    ]),
    ['alg none without key id and type', `${compact({ alg: 'none' }, payload)}.`],
    ['alg none in two parts', compact({ ...header, alg: 'none' }, payload)],
    ['alg EdDSA and no signature', `${compact(header, payload)}.`],
  ]
}

// The key is public: whoever takes it for a shared secret believes everybody.
function signedWithThePublicKey({ header, payload }: Original, pem: string): Forged[] {
  const key = createPublicKey(pem)
  const jwk = key.export({ format: 'jwk' })
  const secrets: [string, string | Buffer][] = [
    ['its PEM', pem],
    ['its PEM without the last line break', pem.trim()],
    ['its DER bytes', key.export({ type: 'spki', format: 'der' })],
    ['its raw bytes', Buffer.from(jwk.x ?? '', 'base64url')],
    ['its x', jwk.x ?? ''],
    ['its JWK', JSON.stringify(jwk)],
    ['nothing', ''],
  ]
  const hmac = (alg: string, hash: string, secret: string | Buffer) => {
    const input = compact({ ...header, alg }, payload)
    return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
  }
  return [
    ...secrets.map(([what, secret]): Forged => [`HS256 by ${what} for a secret`, hmac('HS256', 'sha256', secret)]),
    ['HS384 by its PEM for a secret', hmac('HS384', 'sha384', pem)],
    ['HS512 by its PEM for a secret', hmac('HS512', 'sha512', pem)],
    ['an HMAC by its PEM that says EdDSA', hmac('EdDSA', 'sha512', pem)],
  ]
}

function signedByOthers({ header, payload }: Original): Forged[] {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const other = createTokenSigner({ kid: 'theirs' })
  const by = (key: typeof rsa.privateKey, alg: string) => {
    const input = compact({ ...header, alg }, payload)
    return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
  const signed = (extra: Part) => other.signed(JSON.stringify({ ...header, ...extra }), JSON.stringify(payload))
  const elsewhere = 'https://keys.example.com/jwks.json'
  return [
    ['RS256 by a key of their own', by(rsa.privateKey, 'RS256')],
    ['RS256 that says EdDSA', by(rsa.privateKey, 'EdDSA')],
    ['ES256 by a key of their own', by(ec.privateKey, 'ES256')],
    ['EdDSA by a key of their own under the known key id', signed({})],
    ['their key embedded as jwk', signed({ jwk: other.jwk })],
    ['their key embedded as jwk under the known key id', signed({ jwk: { ...other.jwk, kid: header.kid } })],
    ['their keys named by jku', signed({ jku: elsewhere })],
    ['their keys named by jku, and a key id of theirs', signed({ jku: elsewhere, kid: 'theirs' })],
    ['their certificate named by x5u', signed({ x5u: elsewhere })],
    ['their certificate embedded as x5c', signed({ x5c: [other.jwk.x] })],
    ...['theirs', '', '../../keys/theirs.pem', "' or true --", '__proto__', 'constructor'].map(
      (kid): Forged => [`key id ${JSON.stringify(kid)}`, signed({ kid })],
    ),
    ['no key id', signed({ kid: undefined })],
    ['a number for a key id', signed({ kid: 1 })],
    ['a list for a key id', signed({ kid: [header.kid] })],
    ['null for a key id', signed({ kid: null })],
  ]
}

/** Another text under the genuine signature, and another signature under the genuine text. */
function changed({ header, payload }: Original, signature: string): Forged[] {
  const bytes = Buffer.from(signature, 'base64url')
  const flipped = Buffer.from(bytes)
  flipped[0] = (flipped[0] ?? 0) ^ 1
  const put = (claims: Part) => `${compact(header, { ...payload, ...claims })}.${signature}`
  const genuine = compact(header, payload)
  return [
    ['another sub', put({ sub: '01980000-0000-7000-8000-00000000ffff' })],
    ['another sid', put({ sid: '01980000-0000-7000-8000-00000000ffff' })],
    ['a later exp', put({ exp: Number(payload.exp) + 86_400 })],
    ['another jti', put({ jti: 'another' })],
    ['a further claim', put({ role: 'SYSTEM_ADMIN' })],
    ['another typ', `${compact({ ...header, typ: 'JWT' }, payload)}.${signature}`],
    ['a further header', `${compact({ ...header, cty: 'JWT' }, payload)}.${signature}`],
    ['alg in lower case', `${compact({ ...header, alg: 'eddsa' }, payload)}.${signature}`],
    ['alg as a list', `${compact({ ...header, alg: ['EdDSA'] }, payload)}.${signature}`],
    ['alg null', `${compact({ ...header, alg: null }, payload)}.${signature}`],
    ['no alg', `${compact({ ...header, alg: undefined }, payload)}.${signature}`],
    ['a flipped bit in the signature', `${genuine}.${flipped.toString('base64url')}`],
    ['the signature cut short', `${genuine}.${bytes.subarray(0, 32).toString('base64url')}`],
    ['the signature without its last byte', `${genuine}.${bytes.subarray(0, 63).toString('base64url')}`],
    ['the signature and a byte more', `${genuine}.${Buffer.concat([bytes, Buffer.of(0)]).toString('base64url')}`],
    ['a signature of zeros', `${genuine}.${Buffer.alloc(64).toString('base64url')}`],
    ['the group order added to the signature', `${genuine}.${withGroupOrder(bytes).toString('base64url')}`],
  ]
}

/** The genuine token, put in a way that the compact form does not have. */
function ofAnotherShape(header: string, payload: string, signature: string): Forged[] {
  const token = `${header}.${payload}.${signature}`
  return [
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${token}.${signature}`],
    ['five parts, as an encrypted token has', `${token}.${signature}.${signature}`],
    ['five parts of an encrypted token', `${base64url('{"alg":"dir","enc":"A256GCM"}')}..${payload}.${payload}.${signature}`],
    ['nothing but dots', '..'],
    ['no header', `.${payload}.${signature}`],
    ['no payload', `${header}..${signature}`],
    ['a dot before', `.${token}`],
    ['a dot after', `${token}.`],
    ['white space within', `${header}. ${payload}.${signature}`],
    ['a line break within', `${header}.${payload}\n.${signature}`],
    ['padding', `${header}=.${payload}.${signature}`],
    ['a header that is no JSON', `${base64url('EdDSA')}.${payload}.${signature}`],
    ['a list for a header', `${base64url('["EdDSA"]')}.${payload}.${signature}`],
    ['null for a header', `${base64url('null')}.${payload}.${signature}`],
    ['a payload that is no JSON', `${header}.${base64url('admin')}.${signature}`],
    ['the JSON form of a signature', JSON.stringify({ protected: header, payload, signature })],
    ['the token, twice', `${token},${token}`],
  ]
}

function parsed(part: string): Part {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

function compact(header: Part, payload: Part): string {
  return `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
}

// Ed25519's S may not be larger than the order of the group (RFC 8032, 5.1.7): else each signature has a twin.
function withGroupOrder(signature: Buffer): Buffer {
  const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n
  const twin = Buffer.from(signature)
  let s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order
  for (let index = 32; index < 64; index++, s >>= 8n) twin[index] = Number(s & 0xffn)
  return twin
}
