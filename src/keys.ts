export { publicJwks } from './adapters/keys/public-jwks.ts';
export { allowInsecureHttp, remoteJwks, type RemoteJwksOptions } from './adapters/keys/remote-jwks.ts';
export { jwkThumbprint, thumbprintUri } from './application/jwk-thumbprint.ts';
export type { KeyHint, KeySource, VerificationKeys } from './ports/key-source.ts';
