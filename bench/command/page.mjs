import * as echarts from 'echarts';
import { quantity, settingsLine, spread, times } from './tables.mjs';

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
  const lines = rows.flatMap(({ name: row, unit, baseline, contenders, notApplicable }) => [
    ...contenders.map((one) => [
      row,
      one.name,
      quantity(one.cost.figure, unit),
      one.speed === undefined ? '' : `${times(one.speed.figure)} ${baseline}`,
      one.speed === undefined ? '' : spread(one.speed),
      one.overFloor === undefined ? '' : times(one.overFloor.figure),
    ]),
    ...notApplicable.map((one) => [row, one.name, 'not applicable', one.why, '', '']),
  ]);
  return `<h3>${escape(name)}</h3>
<p>${escape(about)}</p>
<figure>${chartOf(rows)}</figure>
${tableHtml(['', '', 'cost', 'times as fast as', 'spread', 'over crypto'], lines)}`;
}

function goalsHtml(goals) {
  const lines = goals.map(({ promise, direction, goal, stretch, holds, stretchHolds, notMeasurable, ...figure }) => [
    promise,
    notMeasurable === undefined ? times(figure.figure) : `not measurable: ${notMeasurable}`,
    notMeasurable === undefined ? spread(figure) : '',
    `${direction} ${times(goal)}`,
    holds ? 'holds' : 'misses',
    times(stretch),
    stretchHolds ? 'holds' : 'misses',
  ]);
  return `<h3>goals</h3>${tableHtml(['', 'figure', 'spread', 'goal', '', 'stretch', ''], lines)}`;
}

function tableHtml(head, lines) {
  const cells = (line, tag) => `<tr>${line.map((text) => `<${tag}>${escape(text)}</${tag}>`).join('')}</tr>`;
  return `<table>${cells(head, 'th')}${lines.map((line) => cells(line, 'td')).join('\n')}</table>`;
}

/** Bars of what a call costs, on a logarithmic axis: contenders lie up to three orders of magnitude apart. */
function chartOf(rows) {
  const shown = rows.filter(({ contenders }) => contenders.length > 0);
  const names = [...new Set(shown.flatMap(({ contenders }) => contenders.map(({ name }) => name)))];
  const unit = shown[0]?.unit ?? 'time';
  const bars = shown.reduce((sum, { contenders }) => sum + contenders.length, 0);
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: 1000,
    height: 120 + bars * 14 + shown.length * 16,
  });
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    color: COLOURS,
    legend: { top: 0 },
    grid: { left: 150, right: 40, top: 70, bottom: 40 },
    xAxis: { type: 'log', name: unit === 'bytes' ? 'bytes' : '', axisLabel: { formatter: (value) => quantity(value, unit) } },
    yAxis: { type: 'category', inverse: true, data: shown.map(({ name }) => name) },
    series: names.map((name) => ({
      name,
      type: 'bar',
      data: shown.map(({ contenders }) => contenders.find((one) => one.name === name)?.cost.figure ?? null),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, ''); // within HTML an SVG needs none
}

function escape(text) {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Seen on white and on black alike. */
const COLOURS = ['#e4572e', '#4c78a8', '#72b7b2', '#b07aa1', '#9c755f', '#59a14f', '#edc948', '#f28e2b', '#8c8c8c', '#d37295'];

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1040px; margin: 2rem auto; padding: 0 1rem; }
figure { margin: 1rem 0; overflow-x: auto; }
svg { max-width: 100%; height: auto; }
svg text { fill: currentColor !important; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.1rem 1rem 0.1rem 0; border-bottom: 1px solid #8884; }
`;
