/**
 * What statewire is to reach, relative to node:http in the same run: of rates, transfers and clients it's the CPU time that
 * node:http uses over that which statewire uses. The names are those of scenarios, some with the figure.
 */
export const marks = {
  hello: { atLeast: 1.45 },
  'hello-1000': { atLeast: 1.4 },
  headers: { atLeast: 1.35 },
  echo: { atLeast: 1.25 },
  blob: { atLeast: 1.05 },
  stream: { atLeast: 1.35 },
  pipeline: { atLeast: 5 },
  churn: { atLeast: 1.15 },
  upload: { atLeast: 1.5 },
  download: { atLeast: 1 },
  express: { atLeast: 1.1 },
  fastify: { atLeast: 1.15 },
  'client-get': { atLeast: 1.7 }, // undici's Pool.request with dump: 1.66
  'client-post': { atLeast: 1.65 }, // and 1.61
  'hello bytes': { atMost: 0.5 },
  p99: { atMost: 0.8 }, // the worst scenario
  'idle heap': { atMost: 0.8 },
  'idle rss': { atMost: 0.5 },
  startup: { atMost: 15, unit: ' ms' },
  'startup-import': { atMost: 20, unit: ' ms' },
  register: { atMost: 25, unit: ' ms' },
};

/** @returns {string[]} the mark and whether it's reached, by the printed precision; none if there's no mark */
export function verdict(value, { atLeast, atMost, unit = 'x' } = {}) {
  const printed = Number(value.toFixed(2));
  if (atLeast !== undefined) return [`≥ ${atLeast}${unit}`, printed >= atLeast ? 'reached' : 'not reached'];
  if (atMost !== undefined) return [`≤ ${atMost}${unit}`, printed <= atMost ? 'reached' : 'not reached'];
  return [];
}
