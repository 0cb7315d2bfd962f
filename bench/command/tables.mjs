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
  const baselines = [...new Set(rows.map(({ baseline }) => baseline))];
  const against = baselines.length === 1 ? `against ${baselines[0]}` : 'against its baseline';
  const table = plainTable(['', '', 'cost', against, 'spread', ...(floors ? ['over crypto'] : [])]);
  for (const { name: row, unit, contenders } of rows) {
    contenders.forEach((one, index) => {
      const { name, cost, speed, overFloor } = one;
      const ratio = speed === undefined ? ['', ''] : [times(speed.figure), spread(speed)];
      table.push([
        index === 0 ? row : '',
        name,
        quantity(cost.figure, unit),
        ...ratio,
        ...(floors ? [overFloor ? times(overFloor.figure) : ''] : []),
      ]);
    });
  }
  const lacking = rows.flatMap(({ name: row, notApplicable }) => notApplicable.map((one) => `${row}: ${one.name} (${one.why})`));
  const notes = lacking.length === 0 ? '' : `\nnot applicable: ${lacking.join('; ')}`;
  return `\n${name}: ${about}\n${table.toString()}${notes}\n`;
}

function goalsTable(goals) {
  const table = plainTable(['', 'figure', 'spread', 'goal', '', 'stretch', '']);
  for (const one of goals) {
    const { promise, direction, goal, stretch, holds, stretchHolds, notMeasurable } = one;
    const found =
      notMeasurable === undefined
        ? [times(one.figure), spread(one)]
        : [{ content: `not measurable: ${notMeasurable}`, colSpan: 2 }];
    table.push([
      promise,
      ...found,
      `${direction} ${times(goal)}`,
      holds ? 'holds' : 'misses',
      times(stretch),
      stretchHolds ? 'holds' : 'misses',
    ]);
  }
  const missed = goals.filter(({ holds }) => !holds).length;
  return `${table.toString()}\n${goals.length - missed} of ${goals.length} goals hold${missed === 0 ? '' : `, ${missed} ${missed === 1 ? 'misses' : 'miss'}`}\n`;
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
function plainTable(head) {
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
