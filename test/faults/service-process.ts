import type { Answer, Ask } from './endpoint.ts';
import { startService } from './endpoint.ts';
import { openStore, type StorePlace } from './open-store.ts';

/** A service in a process of its own, to be killed: answers what its parent asks. */
const place = JSON.parse(process.argv[2] ?? '') as StorePlace;
const { store } = openStore(place);
const service = startService(store, () => Date.now() / 1000);

process.on('message', ({ id, ask }: { readonly id: number; readonly ask: Ask }) => {
  service.ask(ask).then(
    (answer: Answer) => process.send?.({ id, answer }),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0 });
