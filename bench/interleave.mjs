/**
 * Times contenders against each other: in every round each runs for one slot, in an order that turns and flips, so that a machine that speeds up or
 * slows down does so for all. Prints the median time of each and the median of its ratios to the first, round by round, with their spread
 * (10th to 90th percentile). The ratio is the figure to quote.
 */
export function compare(title, contenders, { rounds = 31, slotMs = 8 } = {}) {
  const names = Object.keys(contenders);
  const times = new Map(names.map((name) => [name, []]));
  for (const name of names) slot(contenders[name], slotMs); // compiled before it counts
  for (let round = 0; round < rounds; round++) {
    const turned = names.map((_, index) => names[(index + round) % names.length]);
    for (const name of round % 2 === 0 ? turned : turned.toReversed()) times.get(name).push(slot(contenders[name], slotMs));
  }
  const [first] = names;
  console.log(`\n${title}`);
  for (const name of names) {
    const ratios = times.get(first).map((baseline, round) => baseline / times.get(name)[round]);
    const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantile(ratios, share).toFixed(2));
    const time = `${quantile(times.get(name), 0.5).toFixed(2)} us`.padStart(12);
    console.log(`  ${name.padEnd(44)}${time}   ${name === first ? '1' : `${middle}x [${low}..${high}]`}`);
  }
}

/** Microseconds a call. */
function slot(call, slotMs) {
  const end = performance.now() + slotMs;
  const started = performance.now();
  let calls = 0;
  do {
    for (let index = 0; index < 20; index++) call(calls + index);
    calls += 20;
  } while (performance.now() < end);
  return ((performance.now() - started) * 1000) / calls;
}

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
