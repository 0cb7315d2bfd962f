export type MaybePromise<T> = T | Promise<T>;

/** Goes on at once with a value in hand, later with a promised one: what is synchronous underneath stays synchronous. */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Calls, and turns what it throws or rejects with into a value. */
export function recover<T, U>(call: () => MaybePromise<T>, onError: (error: unknown) => U): MaybePromise<T | U> {
  try {
    const value = call();
    return value instanceof Promise ? value.catch(onError) : value;
  } catch (error) {
    return onError(error);
  }
}
