import { Presets, SingleBar } from 'cli-progress';

/** Tells how far a run is, on the standard error: a bar on a terminal, else a line a suite. */
export function createProgress(stream, total, label) {
  if (!stream.isTTY) {
    let last;
    return {
      begin({ suite }) {
        if (suite !== last) stream.write(`${label}${suite} ...\n`);
        last = suite;
      },
      step: () => undefined,
      stop: () => undefined,
    };
  }
  const bar = new SingleBar(
    { stream, format: `${label}{bar} {percentage}% {eta_formatted} left  {at}`, clearOnComplete: true, barsize: 24 },
    Presets.shades_classic,
  );
  bar.start(total, 0, { at: '' });
  return {
    begin: ({ suite, row }) => bar.update({ at: `${suite} ${row}` }),
    step: () => bar.increment(),
    stop: () => bar.stop(),
  };
}
