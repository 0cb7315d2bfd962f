export * from './core-exports.ts';
export { createTokenService, type TokenServiceOptions } from './create-token-service.ts';
