/**
 * Where node:http departs from the documented orders, as observed on Node 20.20, 22.23, 24.21 and 26.10. It keeps the orders of
 * all other scenarios.
 */

export interface Departure {
  /** In docs/differences-from-node.md. */
  readonly row: string;
  /** The order in node:http. */
  readonly order: readonly string[];
}

const BEGUN = ['req.socket', 'req.response', 'res.data*'];
const CUT = ['res.aborted', 'req.close', 'res.error ECONNRESET "aborted"', 'res.close'];

const inOrder = (...order: readonly string[]): Departure => ({ row: 'event-order', order });

/** By scenario name. */
export const departures: ReadonlyMap<string, Departure> = new Map([
  ['premature close after the response', inOrder(...BEGUN, ...CUT)],
  ['req.destroy() after the response', inOrder(...BEGUN, '(req.destroy())', ...CUT)],
  ['req.abort() before a socket is assigned', inOrder('(req.abort())', 'req.close', 'req.abort')],
  ['req.abort() after the response', inOrder(...BEGUN, '(req.abort())', 'req.abort', ...CUT)],
  ['req.destroy(error) after the response', inOrder(...BEGUN, '(req.destroy(error))', 'req.error "mine"', ...CUT)],
  ['a signal after the response', inOrder(...BEGUN, '(controller.abort())', 'req.error ABORT_ERR', ...CUT)],
  ['a createConnection that fails', { row: 'failed-connection', order: ['req.error "mine"'] }],
]);
