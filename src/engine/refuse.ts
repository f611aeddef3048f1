/**
 * A chart uses a feature of XState that statewire does not compile.
 *
 * Thrown when the chart is loaded; for `self`, `system` and `spawn`, whose use can't be seen from outside a function,
 * when they are first touched.
 */
export class UnsupportedChartError extends Error {
  readonly code = 'STATEWIRE_UNSUPPORTED_CHART';
  /** Id of the machine. */
  readonly chart: string;
  /** Id of the state node. */
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
