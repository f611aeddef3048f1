import { setTimeout as sleep } from 'node:timers/promises';

await sleep(10);
export const client = (http, agent) =>
  new Promise((resolve, reject) => {
    http.get({ agent, host: 'api' }, (res) => res.resume().on('end', resolve).on('error', reject)).on('error', reject);
  });
