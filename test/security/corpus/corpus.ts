import { b64 } from './b64.ts';
import type { SecurityCase } from './case.ts';
import { claimsAud, claimsIss, claimsType } from './claims-names.ts';
import { claimsTimes, maxage } from './claims-times.ts';
import { confusion, resolver } from './confusion.ts';
import { crit } from './crit.ts';
import { hdrkey } from './hdrkey.ts';
import { jwkmeta, kid } from './kid.ts';
import { none } from './none.ts';
import { ok } from './ok.ts';
import { dos, shape } from './shape.ts';
import { sig } from './sig.ts';
import { json, options, typ } from './typ.ts';

/** The attack catalogue as data. Groups that need a whole service are in `service-cases.ts`. */
export const CORPUS: readonly SecurityCase[] = [
  none,
  confusion,
  resolver,
  sig,
  b64,
  shape,
  dos,
  crit,
  hdrkey,
  kid,
  jwkmeta,
  claimsIss,
  claimsAud,
  claimsTimes,
  claimsType,
  maxage,
  typ,
  json,
  options,
  ok,
].flat();
