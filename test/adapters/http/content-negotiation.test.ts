import { expect, it } from 'vitest';
import { acceptable } from '../../../src/adapters/http/content-negotiation.ts';

it.each([
  null,
  '*/*',
  'application/json',
  'APPLICATION/JSON; indent=4',
  'application/*',
  'text/html',
  'text/*;q=0.1',
  'application/xml, */*;q=0.1',
  'application/xml,text/html;q=0',
  ' application/json ',
])('accepts %j', (accept) => {
  expect(acceptable(accept)).toBe(true);
});

it.each(['application/xml', 'text/plain', 'application/jsonp', 'image/*', '', '*', 'application', 'json', 'application/json+x'])(
  'does not accept %j',
  (accept) => {
    expect(acceptable(accept)).toBe(false);
  },
);
