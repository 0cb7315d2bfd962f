import { verifying } from '../contenders/contenders.mjs';
import { knownAlgorithms } from '../fixtures/keys.mjs';

export const verify = {
  name: 'verify',
  about: 'signature, exp, aud and iss of a 352-character token (other lengths where signatures are longer), claims answered',
  unit: 'time',
  baseline: 'fast-jwt',
  rows: knownAlgorithms().map((algorithm) => ({ name: algorithm, prepare: () => verifying(algorithm) })),
};
