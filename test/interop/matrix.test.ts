import { expect, it } from 'vitest';
import { createMatrix } from './matrix.ts';

it('prints what was seen, and counts as a pair what was seen both ways', () => {
  const matrix = createMatrix(
    ['HS256', 'ES256K'],
    [{ peer: 'one' }, { peer: 'two' }, { peer: 'three', absent: 'not installed' }],
  );
  matrix.see('HS256', 'one', 'here');
  matrix.see('HS256', 'one', 'there');
  matrix.see('HS256', 'two', 'there');
  expect(matrix.print().split('\n').slice(1)).toEqual([
    '        one  two  three',
    'HS256   ✓ ✓  ✗ ✓  ?',
    'ES256K  -    -    ?',
    '? three: not installed',
    '1 pairs, both ways',
  ]);
  expect(['one', 'two', 'three'].map(matrix.pairsOf)).toEqual([1, 0, 0]);
});

it('has no cell but those of its rows and peers', () => {
  const matrix = createMatrix(['HS256'], [{ peer: 'one' }]);
  expect(() => matrix.see('HS257', 'one', 'here')).toThrow('no cell HS257 x one');
  expect(() => matrix.see('HS256', 'two', 'here')).toThrow('no cell HS256 x two');
});
