import { Binary, ObjectId, serialize } from 'bson';
import type { BsonDocument } from './mongo-wire.ts';

/** A refusal of a command, as a server words it. */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  constructor(code: number, codeName: string, message: string) {
    super(message);
    this.code = code;
    this.codeName = codeName;
  }
}

/** Whether a document is one that a filter asks for. Operators that are not in the table are refused, not passed over. */
export function matches(document: BsonDocument, filter: BsonDocument): boolean {
  return Object.entries(filter).every(([field, asked]) => {
    if (field === '$or') return list(asked).some((branch) => matches(document, branch as BsonDocument));
    if (field === '$and') return list(asked).every((branch) => matches(document, branch as BsonDocument));
    const held = document[plain(field)];
    if (!isOperators(asked)) return equals(held, asked);
    return Object.entries(asked).every(([operator, operand]) => lookUp(CONDITIONS, operator)(held, operand));
  });
}

/** The document as an update leaves it; itself where nothing is changed. */
export function updated(document: BsonDocument, update: unknown, inserting: boolean): BsonDocument {
  const changed = { ...document };
  if (!isOperators(update)) throw bad('an update is to be of operators, and neither a document nor a pipeline');
  for (const [operator, fields] of Object.entries(update)) {
    if (operator === '$setOnInsert' && !inserting) continue;
    const change = lookUp(CHANGES, operator);
    for (const [field, operand] of Object.entries(fields as BsonDocument)) {
      const next = change(changed[plain(field)], operand);
      if (next === undefined) delete changed[field];
      else changed[field] = next;
    }
  }
  if (!inserting && !same(changed['_id'], document['_id'])) throw new CommandError(66, 'ImmutableField', 'an _id is not changed');
  return same(changed, document) ? document : changed;
}

/** What an upsert starts from: the fields that its filter says the value of. */
export function namedBy(filter: BsonDocument): BsonDocument {
  return Object.fromEntries(
    Object.entries(filter).flatMap(([field, asked]): [string, unknown][] => {
      if (field === '$and') return list(asked).flatMap((branch) => Object.entries(namedBy(branch as BsonDocument)));
      if (field.startsWith('$')) return [];
      if (!isOperators(asked)) return [[field, asked]];
      return Object.hasOwn(asked, '$eq') ? [[field, asked['$eq']]] : [];
    }),
  );
}

export function sorted(documents: readonly BsonDocument[], by: BsonDocument): BsonDocument[] {
  return documents.toSorted((a, b) => {
    for (const [field, direction] of Object.entries(by)) {
      const difference = order(a[plain(field)], b[field]);
      if (difference !== 0) return difference * Number(direction);
    }
    return 0;
  });
}

/** The fields that a projection names with 1, or all but those that it names with 0. */
export function projected(document: BsonDocument, projection: BsonDocument): BsonDocument {
  const { _id: id = 1, ...others } = projection;
  const named = Object.keys(others);
  if (named.length === 0 && id === 1) return document;
  const including = named.length > 0 && Object.values(others).every((shown) => shown === 1);
  const shown = (field: string) => (field === '_id' ? id === 1 : named.includes(plain(field)) === including);
  return Object.fromEntries(Object.entries(document).filter(([field]) => shown(field)));
}

/** Two values are one where their BSON is. */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  return bytesOf(a).equals(bytesOf(b));
}

export const bytesOf = (value: unknown) => Buffer.from(serialize({ value }));

const CONDITIONS: Readonly<Record<string, (held: unknown, operand: unknown) => boolean>> = {
  $eq: equals,
  $ne: (held, operand) => !equals(held, operand),
  $in: (held, operand) => list(operand).some((one) => equals(held, one)),
  $gt: (held, operand) => within(held, operand) && order(held, operand) > 0,
  $gte: (held, operand) => within(held, operand) && order(held, operand) >= 0,
  $lt: (held, operand) => within(held, operand) && order(held, operand) < 0,
  $lte: (held, operand) => within(held, operand) && order(held, operand) <= 0,
  $exists: (held, operand) => (held !== undefined) === Boolean(operand),
};

const CHANGES: Readonly<Record<string, (held: unknown, operand: unknown) => unknown>> = {
  $set: (_, operand) => operand,
  $setOnInsert: (_, operand) => operand,
  $max: (held, operand) => (held === undefined || order(held, operand) < 0 ? operand : held),
  $inc: (held = 0, operand) => Number(held) + Number(operand),
  $unset: () => undefined,
};

/** null asks for what is missing too, and one value for a list that holds it. */
function equals(held: unknown, asked: unknown): boolean {
  if (held === undefined) return asked === null;
  return same(held, asked) || (Array.isArray(held) && held.some((one) => same(one, asked)));
}

/** By kind first, as BSON orders the kinds; then by value. */
function order(a: unknown, b: unknown): number {
  const [left, right] = [ranked(a), ranked(b)];
  if (left.rank !== right.rank) return left.rank - right.rank;
  return Buffer.isBuffer(left.value) && Buffer.isBuffer(right.value)
    ? Buffer.compare(left.value, right.value)
    : Number(left.value) - Number(right.value);
}

/** A range spans no two kinds. */
function within(a: unknown, b: unknown): boolean {
  return ranked(a).rank === ranked(b).rank && ranked(a).rank > 0;
}

function ranked(value: unknown): { readonly rank: number; readonly value: number | bigint | Buffer } {
  if (value === undefined || value === null) return { rank: 0, value: 0 };
  if (typeof value === 'number' || typeof value === 'bigint') return { rank: 1, value };
  if (typeof value === 'string') return { rank: 2, value: Buffer.from(value) };
  if (value instanceof Binary) return { rank: 3, value: Buffer.from(value.buffer.subarray(0, value.position)) };
  if (value instanceof ObjectId) return { rank: 4, value: Buffer.from(value.id) };
  if (typeof value === 'boolean') return { rank: 5, value: Number(value) };
  if (value instanceof Date) return { rank: 6, value: value.getTime() };
  throw bad('that kind of value is not ordered here');
}

function isOperators(value: unknown): value is BsonDocument {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.keys(value).some((name) => name.startsWith('$'));
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw bad('a list is asked for');
  return value;
}

function plain(field: string): string {
  if (field.includes('.') || field.startsWith('$')) throw bad(`${field} is not served here`);
  return field;
}

function lookUp<Row>(table: Readonly<Record<string, Row>>, operator: string): Row {
  const row = table[operator];
  if (row === undefined) throw bad(`unknown operator: ${operator}`);
  return row;
}

const bad = (message: string) => new CommandError(2, 'BadValue', message);
