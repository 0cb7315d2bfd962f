import { signing } from '../contenders/contenders.mjs';
import { knownAlgorithms } from '../fixtures/keys.mjs';

export const sign = {
  name: 'sign',
  about: 'claims of 203 bytes into a compact token',
  unit: 'time',
  baseline: 'fast-jwt',
  rows: knownAlgorithms().map((algorithm) => ({ name: algorithm, prepare: () => signing(algorithm) })),
};
