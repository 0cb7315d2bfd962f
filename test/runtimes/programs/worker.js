import { given } from './given.js';
import { smoke } from './smoke.js';

/** A module worker, as workerd has them. */
// oxlint-disable-next-line import/no-default-export
export default {
  async fetch() {
    return Response.json(await smoke(given));
  },
};
