import { recover } from '../../application/maybe-promise.ts';

/** Tells an observer, and drops what it throws or rejects with: it cannot fail what it observes. */
export function tell<Events extends object, Name extends keyof Events>(
  events: Events,
  name: Name,
  event: Events[Name] extends ((event: infer Event) => unknown) | undefined ? Event : never,
): void {
  const observer: unknown = events[name];
  if (typeof observer !== 'function') return;
  void recover<unknown, void>(
    () => Reflect.apply(observer, events, [event]) as unknown,
    () => undefined,
  );
}
