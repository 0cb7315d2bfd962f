/**
 * Tells whether any object of a JSON text, at any depth, has one name twice. `value` is what `JSON.parse` made of the text: it keeps
 * the last of two equal names, however they were escaped, so a name is doubled exactly where the text has more members than the value.
 * Both counts are iterative and linear: nesting cannot exhaust the stack.
 */
export function hasDuplicateNames(text: string, value: Readonly<Record<string, unknown>>): boolean {
  const members = countFlatMembers(value) ?? countMembers(value);
  return countQuotedColons(text) !== members && countNames(text) !== members;
}

/**
 * The quick count, exact for what serializers write: outside strings a colon follows a quote, or whitespace, which makes it give up. A colon
 * behind an escaped quote inside a string makes it too high, which the exact count settles. It is never too low, and a text never has
 * fewer names than its value has members, so a count that equals the members is proof. `bench/pieces.mjs` shows what it saves.
 */
function countQuotedColons(text: string): number {
  let count = 0;
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    const before = text.charCodeAt(colon - 1);
    if (before === QUOTE) count += 1;
    else if (isWhitespace(before)) return Number.NaN;
  }
  return count;
}

/** Strings that a colon follows. The text is known to be JSON, where only names are. */
function countNames(text: string): number {
  let names = 0;
  let open = text.indexOf('"');
  while (open !== -1) {
    let next = closingQuote(text, open + 1) + 1;
    while (isWhitespace(text.charCodeAt(next))) next += 1;
    if (text.charCodeAt(next) === COLON) names += 1;
    open = text.indexOf('"', next);
  }
  return names;
}

function closingQuote(text: string, from: number): number {
  let quote = text.indexOf('"', from);
  while (isEscaped(text, quote, from)) quote = text.indexOf('"', quote + 1);
  return quote;
}

/** A quote after an odd run of backslashes is part of its string. */
function isEscaped(text: string, quote: number, from: number): boolean {
  let first = quote;
  while (first > from && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (quote - first) % 2 === 1;
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; // RFC 8259 section 2
}

/** The members of an object that holds no other: most claims sets. Undefined for any other, and where something could be inherited. */
function countFlatMembers(value: Readonly<Record<string, unknown>>): number | undefined {
  for (const _ in BLANK) return undefined; // `for in` sees what a polluted Object.prototype would lend
  let members = 0;
  for (const name in value) {
    const child = value[name];
    if (typeof child === 'object' && child !== null) return undefined;
    members += 1;
  }
  return members;
}

function countMembers(value: object): number {
  let members = 0;
  const open: object[] = [value];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const children: unknown[] = Object.values(node);
    if (!Array.isArray(node)) members += children.length;
    for (const child of children) if (typeof child === 'object' && child !== null) open.push(child);
  }
  return members;
}

const BLANK = {};
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
