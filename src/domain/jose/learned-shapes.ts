import type { JsonObject } from './json-object.ts';

/**
 * Reads JSON objects that differ from ones read before in a few values only, as the claims of one issuer do: the same members in the same order,
 * most of them with the same values. What is always the same is compared as text and copied from a template; the rest is read by its place. The
 * answer is what `JSON.parse` would give, in two thirds of the time or less (`bench/suites/pieces.mjs`); undefined for a text that fits no shape,
 * which is then parsed.
 */
export interface LearnedShapes {
  read(text: string): JsonObject | undefined;
  /** Called with a text that fitted no shape, and its value. Only what was signed may teach: a forger would else choose what is quick. */
  learn(text: string, value: JsonObject): void;
}

export function createLearnedShapes(): LearnedShapes {
  const shapes: Shape[] = [];
  let lessons = 0;

  return {
    read(text) {
      for (let index = 0; index < shapes.length; index++) {
        const shape = shapes[index];
        const value = shape && readAs(shape, text);
        if (value !== undefined) return value;
      }
      return undefined;
    },
    learn(text, value) {
      lessons += 1;
      if (lessons > FIRST_LESSONS && lessons % REVIEW_EVERY !== 0) return; // texts of ever new shapes are not worth it
      if (text.length > LONGEST_TEXT || !isPlain(value) || JSON.stringify(value) !== text) return;
      const names = Object.keys(value);
      const known = shapes.findIndex(({ template }) => sameNames(names, template));
      const made = shapeOf(value, names, shapes[known]);
      if (known !== -1) shapes[known] = made;
      else if (shapes.length < MOST_SHAPES) shapes.push(made);
      else shapes[lessons % MOST_SHAPES] = made;
    },
  };
}

interface Shape {
  /** An object to copy: what does not vary has its value. */
  readonly template: JsonObject;
  readonly varying: readonly Varying[];
  /** The text after the last value that varies. */
  readonly end: string;
}

interface Varying {
  readonly name: string;
  /** The text between the value that varied before it and this one. */
  readonly before: string;
  readonly quoted: boolean;
}

function readAs({ template, varying, end }: Shape, text: string): JsonObject | undefined {
  let value: JsonObject | undefined;
  let at = 0;
  for (let index = 0; index < varying.length; index++) {
    const member = varying[index];
    const from = at + (member?.before.length ?? 0);
    // a slice is compared as memory is, `startsWith` a character at a time
    if (member === undefined || text.slice(at, from) !== member.before) return undefined;
    at = member.quoted ? endOfString(text, from) : endOfInteger(text, from);
    if (at === -1) return undefined;
    value ??= { ...template };
    value[member.name] = member.quoted ? text.slice(from, at) : integerAt(text, from, at);
  }
  return text.slice(at) === end ? (value ?? { ...template }) : undefined;
}

/** Where the closing quote is; -1 for a string with escapes, or with what RFC 8259 section 7 wants escaped. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH || code < SPACE) return -1;
  }
  return -1;
}

/** After a whole number of up to fifteen digits, spelt as JSON spells it; -1 for any other. */
function endOfInteger(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at += 1;
  const digits = at - from;
  return digits === 0 || digits > 15 || (digits > 1 && text.charCodeAt(from) === ZERO) ? -1 : at;
}

function integerAt(text: string, from: number, end: number): number {
  let value = 0;
  for (let at = from; at < end; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

/** The shape of a value; what differs from the shape that had the same names before varies from now on. */
function shapeOf(value: JsonObject, names: readonly string[], before: Shape | undefined): Shape {
  const varied = new Set(before?.varying.map(({ name }) => name));
  const varying: Varying[] = [];
  let text = '{';
  names.forEach((name, index) => {
    const member = value[name];
    const quoted = typeof member === 'string';
    text += `${index === 0 ? '' : ','}${JSON.stringify(name)}:`;
    if (canVary(member) && (varied.has(name) || (before !== undefined && before.template[name] !== member))) {
      varying.push({ name, before: quoted ? `${text}"` : text, quoted });
      text = quoted ? '"' : '';
    } else {
      text += JSON.stringify(member);
    }
  });
  return { template: { ...value }, varying, end: `${text}}` };
}

function canVary(value: unknown): boolean {
  return typeof value === 'string' || (Number.isInteger(value) && Number(value) >= 0 && Number(value) < 1e15);
}

/** Objects inside would be shared by all copies; to assign `__proto__` is not to write a member. */
function isPlain(value: JsonObject): boolean {
  return Object.keys(value).every((name) => name !== '__proto__' && !isObject(value[name]));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function sameNames(names: readonly string[], template: JsonObject): boolean {
  const known = Object.keys(template);
  return known.length === names.length && names.every((name, index) => name === known[index]);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;

/** In characters. A value is a slice that keeps its text in memory, so the text is to be short. */
const LONGEST_TEXT = 512;
/** Access and refresh tokens, of today's release and of yesterday's. */
const MOST_SHAPES = 4;
const FIRST_LESSONS = 32;
const REVIEW_EVERY = 256;
