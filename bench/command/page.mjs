import * as echarts from 'echarts';
import { comparison, quantity, settingsLine, spread, times, verdict } from './tables.mjs';

/** Reports as one page of HTML that fetches nothing: a chart and a table a suite. */
export function pageOf(reports) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>simplejwt: benchmarks</title>
<style>${STYLE}</style>
<h1>simplejwt: benchmarks</h1>
${reports.map(reportHtml).join('\n')}
</html>
`;
}

function reportHtml({ machine, versions, settings, suites, goals }) {
  const { node, openssl, v8, ...packages } = versions;
  const peers = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return `<section>
<h2>Node ${escape(node.slice(1))}</h2>
<p>${escape(`${machine.cores} x ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.platform}; OpenSSL ${openssl}, V8 ${v8}; ${peers.join(', ')}`)}</p>
<p>${escape(settingsLine(settings))}</p>
${goals === undefined ? '' : goalsHtml(goals)}
${suites.map(suiteHtml).join('\n')}
</section>`;
}

function suiteHtml({ name, about, rows }) {
  const lines = rows.flatMap(({ name: row, unit, contenders, notApplicable, ...rest }) => [
    ...contenders.map((one) => [
      row,
      one.name,
      quantity(one.cost.figure, unit),
      one.ratio === undefined ? '' : times(one.ratio.figure),
      one.ratio === undefined ? '' : spread(one.ratio),
      one.ratio === undefined ? '' : comparison(rest),
      one.overFloor === undefined ? '' : times(one.overFloor.figure),
    ]),
    ...notApplicable.map((one) => [row, one.name, 'not applicable', '', '', one.why, '']),
  ]);
  return `<h3>${escape(name)}</h3>
<p>${escape(about)}</p>
<figure>${chartOf(rows)}</figure>
${tableHtml(['', '', 'cost', 'ratio', 'spread', 'of', 'over the floor'], lines)}`;
}

function goalsHtml(goals) {
  const lines = goals.map(({ promise, direction, goal, stretch, holds, stretchHolds, notMeasurable, ...figure }) => [
    promise,
    notMeasurable === undefined ? times(figure.figure) : `not measurable: ${notMeasurable}`,
    notMeasurable === undefined ? spread(figure) : '',
    `${direction} ${times(goal)}`,
    verdict(holds),
    times(stretch),
    verdict(stretchHolds),
  ]);
  return `<h3>goals</h3>${tableHtml(['', 'figure', 'spread', 'goal', '', 'stretch', ''], lines)}`;
}

function tableHtml(head, lines) {
  const cells = (line, tag) => `<tr>${line.map((text) => `<${tag}>${escape(text)}</${tag}>`).join('')}</tr>`;
  return `<table>${cells(head, 'th')}${lines.map((line) => cells(line, 'td')).join('\n')}</table>`;
}

/** A bar a contender, under the name of its row. The axis is logarithmic: contenders lie up to three orders of magnitude apart. */
function chartOf(rows) {
  const bars = rows.flatMap(({ name: row, unit, contenders }) => [
    { label: `{row|${row}}`, value: null },
    ...contenders.map(({ name, ours, floor, cost }) => ({
      label: name,
      value: cost.figure,
      cost: quantity(cost.figure, unit),
      itemStyle: { color: floor ? GREY : ours ? ORANGE : BLUE },
    })),
  ]);
  const least = Math.min(...bars.flatMap(({ value }) => (value === null ? [] : [value])));
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 1000, height: 30 + bars.length * 20 });
  chart.setOption({
    animation: false,
    grid: { left: 300, right: 90, top: 5, bottom: 10 },
    xAxis: {
      type: 'log',
      min: 10 ** Math.floor(Math.log10(least / 2)),
      axisLabel: { show: false },
      splitLine: { lineStyle: { color: GRID } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map(({ label }) => label),
      axisTick: { show: false },
      axisLabel: { interval: 0, rich: { row: { fontWeight: 'bold' } } },
    },
    series: {
      type: 'bar',
      data: bars.map(({ value, itemStyle }) => ({ value, itemStyle })),
      label: { show: true, position: 'right', formatter: ({ dataIndex }) => bars[dataIndex].cost },
    },
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, ''); // within HTML an SVG needs none
}

function escape(text) {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Seen on white and on black alike. */
const ORANGE = '#e4572e';
const BLUE = '#5b8fc4';
const GREY = '#8c8c8c';
const GRID = '#8884';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1040px; margin: 2rem auto; padding: 0 1rem; }
figure { margin: 1rem 0; overflow-x: auto; }
svg { max-width: 100%; height: auto; }
svg text { fill: currentColor !important; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.1rem 1rem 0.1rem 0; border-bottom: 1px solid #8884; }
`;
