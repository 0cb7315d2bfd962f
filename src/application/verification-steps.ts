import type { Refusal } from '../domain/errors.ts';
import type { Algorithm } from '../domain/jose/algorithms.ts';
import type { JwsHeader } from '../domain/jose/jws-header.ts';
import type { KeyMaterial } from '../domain/jose/key-material.ts';
import type { Verifier } from '../ports/crypto-provider.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** What a payload says, once it is believed. */
export interface Content {
  readonly ok: true;
}

/**
 * Reads the payload segment of a token. It may be asked before the signature was checked (`signed` is false), where that is dear: then it can
 * refuse a token, but what it answers counts only when the signature holds, and it must learn nothing from it.
 */
export type ReadPayload<T extends Content> = (segment: string, header: JwsHeader, signed: boolean) => T | Refusal;

/** The Verifier of a key for an algorithm. */
export type VerifierOf = (key: KeyMaterial | Verifier, algorithm: Algorithm) => MaybePromise<Verifier>;
