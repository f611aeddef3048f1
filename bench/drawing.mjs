/** Draws the curves. */
import { init } from 'echarts';

/** Readable on white and on black. Text and lines of the axes change with the reader's scheme. */
const colours = { node: '#d9822b', statewire: '#2f7fe0', ratio: '#3fa34d', text: '#555555', line: '#999999' };
const dark = { [colours.text]: '#c9d1d9', [colours.line]: '#6e7681' };
const scheme = Object.entries(dark)
  .map(([light, other]) => `[fill="${light}"]{fill:${other}}[stroke="${light}"]{stroke:${other}}`)
  .join('');

const panel = { width: 400, height: 190, left: 60, gap: 75, top: 80 };

/** A curve is a row of two panels: the costs, relative to their first point, and the ratio. */
function panelsOf({ title, points }, row) {
  const labels = points.map(({ label }) => label);
  const costs = (index) => points.map((point) => point.costs[index]);
  return [
    {
      title: `CPU time ${title} (first = 1)`,
      column: 0,
      row,
      labels,
      scale: 'log',
      lines: [
        { name: 'node:http', colour: colours.node, values: costs(0) },
        { name: 'statewire', colour: colours.statewire, values: costs(1) },
      ],
    },
    {
      title: 'node:http / statewire',
      column: 1,
      row,
      labels,
      scale: 'value',
      lines: [{ name: 'ratio', colour: colours.ratio, values: points.map(({ ratio }) => ratio) }],
    },
  ];
}

const text = { color: colours.text, fontFamily: 'sans-serif' };
const line = { lineStyle: { color: colours.line } };

/** @returns the parts of a panel, as ECharts names them */
function chartOf({ title, column, row, labels, scale, lines }, index) {
  const left = panel.left + column * (panel.width + panel.gap);
  const top = panel.top + row * (panel.height + panel.gap);
  const axis = { gridIndex: index, axisLabel: { ...text, hideOverlap: true }, axisLine: line };
  return {
    title: { text: title, left, top: top - 32, textStyle: { ...text, fontSize: 14 } },
    grid: { left, top, width: panel.width, height: panel.height },
    xAxis: { ...axis, type: 'category', data: labels, axisTick: line },
    yAxis: { ...axis, type: scale, splitLine: { lineStyle: { color: colours.line, opacity: 0.3 } } },
    series: lines.map(({ name, colour, values }) => ({
      type: 'line',
      name,
      data: values,
      xAxisIndex: index,
      yAxisIndex: index,
      color: colour,
      symbol: 'circle',
    })),
  };
}

/** @returns {string} an SVG of the curves, one below the other */
export function drawCurves(curves, terms) {
  const charts = curves.flatMap(panelsOf).map(chartOf);
  const width = panel.left + 2 * panel.width + panel.gap + 30;
  const height = panel.top + curves.length * (panel.height + panel.gap);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    legend: { top: 8, left: panel.left, itemGap: 30, textStyle: text, data: ['node:http', 'statewire'] },
    title: [
      { text: terms, right: 30, top: 6, textStyle: { ...text, fontSize: 12, fontWeight: 'normal' } },
      ...charts.map(({ title }) => title),
    ],
    grid: charts.map(({ grid }) => grid),
    xAxis: charts.map(({ xAxis }) => xAxis),
    yAxis: charts.map(({ yAxis }) => yAxis),
    series: charts.flatMap(({ series }) => series),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replace('>', `><style>@media (prefers-color-scheme: dark){${scheme}}</style>`);
}
