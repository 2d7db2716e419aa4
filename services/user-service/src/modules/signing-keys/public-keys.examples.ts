/** A published key (RFC 8037). */
export const examplePublicKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  // Of RFC 8037, appendix A.2.
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: '01980000-0000-7000-8000-00000000ce11',
  use: 'sig',
  alg: 'EdDSA',
} as const
