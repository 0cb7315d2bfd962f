import Table from 'cli-table3';

/** A report as tables for a terminal. */
export function tablesOf({ machine, versions, settings, suites, goals }) {
  const head = `Node ${versions.node.slice(1)}, OpenSSL ${versions.openssl}, ${machine.cores} x ${machine.processor}\n${settingsLine(settings)}\n`;
  const told = goals === undefined ? suites.map(suiteTable) : [goalsTable(goals)];
  return [head, ...told].join('\n');
}

export function settingsLine({ passes, rounds, slotMs }) {
  return `medians over ${passes} ${passes === 1 ? 'pass' : 'passes'} of ${rounds} rounds, ${slotMs} ms a contender and round; the spread is 10th to 90th percentile`;
}

function suiteTable({ name, about, rows }) {
  const floors = rows.some(({ contenders }) => contenders.some(({ floor }) => floor));
  const headings = [...new Set(rows.map(comparison))];
  const table = plainTable([
    '',
    '',
    'cost',
    headings.length === 1 ? headings[0] : 'ratio',
    'spread',
    ...(floors ? ['over the floor'] : []),
  ]);
  for (const { name: row, unit, contenders, ...rest } of rows) {
    contenders.forEach(({ name, cost, ratio, overFloor }, index) => {
      const compared = ratio === undefined ? ['', ''] : [times(ratio.figure), spread(ratio)];
      const own = headings.length > 1 && index === 0 ? `${row} (${comparison(rest)})` : row;
      const over = floors ? [overFloor === undefined ? '' : times(overFloor.figure)] : [];
      table.push([index === 0 ? own : '', name, quantity(cost.figure, unit), ...compared, ...over]);
    });
  }
  return `\n${name}: ${about}\n${table.toString()}${lackingLines(rows)}\n`;
}

/** What the ratios of a row say. */
export function comparison({ baseline, compared }) {
  return compared === 'share' ? `cost over ${baseline}` : `faster than ${baseline}`;
}

function lackingLines(rows) {
  const told = new Map();
  for (const { name: row, notApplicable } of rows) {
    for (const { name, why } of notApplicable) {
      const key = `${name}: ${why}`;
      told.set(key, [...(told.get(key) ?? []), row]);
    }
  }
  return Array.from(told, ([key, names]) => `\nnot applicable: ${key} (${names.join(', ')})`).join('');
}

function goalsTable(goals) {
  const table = plainTable(['', 'figure', 'spread', 'goal', '', 'stretch', '']);
  for (const { promise, direction, goal, stretch, holds, stretchHolds, notMeasurable, ...found } of goals) {
    const figure = notMeasurable === undefined ? [times(found.figure), spread(found)] : ['none', 'not measurable'];
    table.push([promise, ...figure, `${direction} ${times(goal)}`, verdict(holds), times(stretch), verdict(stretchHolds)]);
  }
  const unmeasured = goals.filter(({ notMeasurable }) => notMeasurable !== undefined);
  const reasons = unmeasured.map(({ promise, notMeasurable }) => `not measurable: ${promise}: ${notMeasurable}\n`).join('');
  const missed = goals.filter(({ holds }) => !holds).length;
  return `${table.toString()}\n${reasons}${goals.length - missed} of ${goals.length} goals hold\n`;
}

export function verdict(holds) {
  return holds ? 'holds' : 'misses';
}

export function times(ratio) {
  return `${ratio.toPrecision(3).replace(/\.0+$/, '')}x`;
}

export function spread({ low, high }) {
  return `${times(low)} .. ${times(high)}`;
}

/** A cost with the unit that suits its size. */
export function quantity(value, unit) {
  if (unit === 'bytes') return `${value < 1000 ? value.toPrecision(3) : Math.round(value)} B`;
  const [size, name] = value < 1e3 ? [1, 'ns'] : value < 1e6 ? [1e3, 'us'] : [1e6, 'ms'];
  return `${(value / size).toPrecision(3)} ${name}`;
}

/** No lines but the one under the head: it is to be read, and pasted. */
export function plainTable(head) {
  const chars = Object.fromEntries(BORDERS.map((name) => [name, '']));
  return new Table({
    head,
    chars: { ...chars, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
}

const BORDERS = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
];
