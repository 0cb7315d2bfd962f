import { isObject, type Answer } from './answers.ts';

/** What a value must look like where it cannot be known beforehand. */
export class Shape {
  readonly pattern: RegExp;

  constructor(pattern: RegExp) {
    this.pattern = pattern;
  }
}

/** The identifier of a new token. */
export const NEW_JTI = new Shape(/^[0-9a-f]{32}$/);

/** Where two answers differ, one line a difference; none when they agree. The order of claims counts: clients see it. */
export function compare(expected: Answer, given: Answer): readonly string[] {
  const { tokens, ...rest } = expected;
  const { tokens: givenTokens, ...givenRest } = given;
  return [...differences('answer', rest, givenRest), ...differences('tokens', tokens, givenTokens), ...order(expected, given)];
}

function differences(path: string, expected: unknown, given: unknown): readonly string[] {
  if (expected instanceof Shape) {
    const fits = typeof given === 'string' && expected.pattern.test(given);
    return fits ? [] : [`${path}: expected ${expected.pattern}, got ${JSON.stringify(given)}`];
  }
  if (expected instanceof Instant)
    return expected.matches(given) ? [] : [`${path}: expected ${expected.seconds}, got ${JSON.stringify(given)}`];
  if (Array.isArray(expected) && Array.isArray(given) && expected.length === given.length) {
    return expected.flatMap((item, index) => differences(`${path}[${index}]`, item, given[index]));
  }
  if (isObject(expected) && isObject(given)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(given)]);
    return [...names].flatMap((name) => differences(`${path}.${name}`, expected[name], given[name]));
  }
  return Object.is(expected, given) ? [] : [`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(given)}`];
}

function order(expected: Answer, given: Answer): readonly string[] {
  return Object.entries(expected.tokens).flatMap(([name, { header, payload }]) => {
    const token = given.tokens[name];
    const names = JSON.stringify([Object.keys(header), Object.keys(payload ?? {})]);
    const givenNames = JSON.stringify([Object.keys(token?.header ?? {}), Object.keys(token?.payload ?? {})]);
    return names === givenNames ? [] : [`tokens.${name}: expected the members ${names}, got ${givenNames}`];
  });
}

/** A recorded time. The real server's clock ran on while it answered, so it may be a second late; ours stands still. */
export class Instant {
  readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  matches(given: unknown): boolean {
    return given === this.seconds || given === this.seconds - 1;
  }
}
