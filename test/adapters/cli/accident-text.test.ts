import { expect, it } from 'vitest';
import { accidentText } from '../../../src/adapters/cli/accident-text.ts';
import { TokenError } from '../../../src/domain/errors.ts';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

it.each([
  ['a message', new Error(`bad token ${TOKEN}`)],
  ['a message of several lines', new Error(`no\n    at ${TOKEN}:1:1\n    at x (${TOKEN}:1:1)`)],
  ['a cause', new TokenError('store_unavailable', { cause: new Error(TOKEN) })],
  ['a code', Object.assign(new Error('no'), { code: TOKEN })],
  ['a thrown text', TOKEN],
])('does not repeat a token from %s', (_where, error) => {
  expect(accidentText(error)).not.toContain('eyJ');
});

it('tells what happened where', () => {
  const error = Object.assign(new TypeError('no'), { code: 'ECONNRESET' });
  expect(accidentText(error)).toMatch(/^TypeError ECONNRESET\n\s+at .*accident-text\.test\.ts/);
  expect(accidentText(new TokenError('store_full'))).toBe('store_full: Token storage is full. Try again later.');
});
