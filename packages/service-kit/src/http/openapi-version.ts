/**
 * The version of the public API and of its events, by semantic versioning: what every document says, what the SDK is published as.
 * A breaking change raises the major part, or the minor one while the major is 0; `pnpm test` insists on it.
 */
export const apiVersion = '0.2.0'
