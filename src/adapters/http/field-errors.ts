import type { BodyFields } from './request-body.ts';

export interface Field {
  readonly name: string;
  /** Whether outer white space goes: it does everywhere but in passwords, which are taken as they were sent. */
  readonly trimmed: boolean;
}

export type FieldsOutcome =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly errors: Readonly<Record<string, readonly string[]>> };

/** Checks the fields a route takes, as Django REST framework's CharField does. All that is wrong is reported together, in field order. */
export function checkFields(sent: BodyFields, fields: readonly Field[]): FieldsOutcome {
  const values: Record<string, string> = {};
  const errors: Record<string, readonly string[]> = {};
  for (const field of fields) {
    const outcome = checkField(Object.hasOwn(sent, field.name) ? sent[field.name] : undefined, field);
    if (typeof outcome === 'string') values[field.name] = outcome;
    else errors[field.name] = outcome;
  }
  return Object.keys(errors).length === 0 ? { ok: true, values } : { ok: false, errors };
}

/** The value of a field, or what is wrong with it. */
function checkField(sent: unknown, { trimmed }: Field): string | readonly string[] {
  if (sent === undefined) return ['This field is required.'];
  if (sent === null) return ['This field may not be null.'];
  if (typeof sent !== 'string' && typeof sent !== 'number') return ['Not a valid string.'];
  const value = trimmed ? strip(String(sent)) : String(sent);
  if (value === '') return ['This field may not be blank.'];
  const errors = forbiddenCharacters(value);
  return errors.length === 0 ? value : errors;
}

function forbiddenCharacters(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.includes('\0')) errors.push('Null characters are not allowed.');
  const [surrogate] = value.isWellFormed() ? [] : (LONE_SURROGATE.exec(value) ?? []);
  if (surrogate !== undefined) {
    errors.push(`Surrogate characters are not allowed: U+${surrogate.charCodeAt(0).toString(16).toUpperCase()}.`);
  }
  return errors;
}

/** Python's str.strip. It is linear: a pattern anchored at the end would look at each inner run of white space again and again. */
function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && PYTHON_SPACE.test(text.charAt(start))) start += 1;
  while (end > start && PYTHON_SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** What str.isspace holds true for: unlike JavaScript's trim with U+001C to U+001F and U+0085, and without U+FEFF. */
// oxlint-disable-next-line no-control-regex
const PYTHON_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** With the u flag a pair is one character, so what is left in this class stands alone. */
const LONE_SURROGATE = /\p{Surrogate}/u;
