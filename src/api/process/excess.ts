/** What happens to header lines over the limit in `maxHeadersCount`. */

/** They are rejected with their message, or ignored. 'node': as in node:http. */
export type ExcessRule = boolean | 'node';

/** node:http ignores those of a response. */
const nodeIgnoresExcess = {
  request: Number.parseInt(process.versions.node, 10) < 22,
  response: true,
} as const;

export function ignoresExcess(rejects: ExcessRule, kind: 'request' | 'response'): boolean {
  return rejects === 'node' ? nodeIgnoresExcess[kind] : !rejects;
}
