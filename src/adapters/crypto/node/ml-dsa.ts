import { eddsa } from './eddsa.ts';
import type { Family } from './family.ts';
import { canSignWith } from './key-objects.ts';

/** ML-DSA (RFC 9964 section 4): pure, with an empty context, so called as EdDSA is. Node has it since 24.6, with OpenSSL 3.5. */
export const mlDsa: Family = { ...eddsa, supports: ({ name }) => canSignWith(name) };
