/**
 * A chart uses a feature of XState that statewire does not compile.
 *
 * Thrown when the chart is loaded. Use of `self`, `system` or `spawn` can't be seen from outside a function, so it throws
 * when one is first read.
 */
export class UnsupportedChartError extends Error {
  readonly code = 'STATEWIRE_UNSUPPORTED_CHART';
  /** The machine's id. */
  readonly chart: string;
  /** The state node's id. */
  readonly state: string;
  /** The refused feature, in words. */
  readonly feature: string;

  constructor(chart: string, state: string, feature: string) {
    super(`Chart '${chart}', state '${state}': ${feature} is not supported`);
    this.name = 'UnsupportedChartError';
    this.chart = chart;
    this.state = state;
    this.feature = feature;
  }
}
