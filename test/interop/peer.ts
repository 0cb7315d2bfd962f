import type { AlgorithmKeys } from './algorithms.ts';

/** Another library, in another row of the matrix than its neighbours. */
export interface Peer {
  readonly name: string;
  /** Names of the rows that it knows; of the others it is asserted that it does not. */
  readonly knows: (row: string) => boolean;
  /** How many rows these are, on the oldest runtime. A matrix that saw fewer fails. */
  readonly pairs: number;
  /** What its refusal of a wrong signature says, so that one for another reason is no success. */
  readonly refusal: string;
  /** One answer a question, in their order; or why the peer is not there. */
  ask(questions: readonly Question[]): Promise<readonly Answer[] | Absent>;
}

/** Sign these claims under this header, and verify these tokens, all with the same keys. */
export interface Question extends AlgorithmKeys {
  readonly header: Header;
  readonly claims: Claims;
  readonly issuer: string;
  readonly audience: string;
  readonly tokens: readonly string[];
}

export interface Answer {
  readonly signed: { readonly token: string } | Failure;
  readonly verified: readonly (Verified | Failure)[];
}

export interface Absent {
  readonly absent: string;
}

export interface Verified {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface Failure {
  readonly error: string;
}

export interface Header {
  readonly typ: string;
  readonly kid: string;
}

export interface Claims {
  readonly [name: string]: unknown;
}
