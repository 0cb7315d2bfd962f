export type MaybePromise<T> = T | Promise<T>;

/** Goes on at once with a value in hand, later with a promised one: what is synchronous underneath stays synchronous. */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isThenable(value) ? Promise.resolve(value).then(next) : next(value);
}

/** Calls, and turns what it throws or rejects with into a value. */
export function recover<T, U>(call: () => MaybePromise<T>, onError: (error: unknown) => MaybePromise<U>): MaybePromise<T | U> {
  try {
    const value = call();
    return isThenable(value) ? Promise.resolve(value).catch(onError) : value;
  } catch (error) {
    return onError(error);
  }
}

/** A port is other people's code: what they await need not be a native Promise. */
export function isThenable<T>(value: MaybePromise<T>): value is Promise<T> {
  if (typeof value !== 'object' || value === null) return false;
  const { then } = value as { readonly then?: unknown }; // asked without `in`, which costs a look-up of its own
  return typeof then === 'function';
}
