export type { RemoteJwks } from './adapters/keys/cached-keys.ts';
export { publicJwks } from './adapters/keys/public-jwks.ts';
export type { RemoteKeyEvents, RemoteKeysStatus } from './adapters/keys/remote-events.ts';
export { remoteIssuers, type RemoteIssuers, type RemoteIssuersOptions } from './adapters/keys/remote-issuers.ts';
export { remoteJwks } from './adapters/keys/remote-jwks.ts';
export { allowInsecureHttp, type RemoteJwksOptions } from './adapters/keys/remote-options.ts';
export { jwkThumbprint, thumbprintUri } from './application/jwk-thumbprint.ts';
export type { KeyHint, KeySource, VerificationKeys } from './ports/key-source.ts';
