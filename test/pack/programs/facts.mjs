/** A round trip, and what must hold wherever the package is loaded. */
import http, { Agent, createServer, watch } from 'statewire';
import https from 'statewire/https';
import { follows } from 'statewire/testing';

/**
 * @param {{ http: object, https: object }} required what `require` gives
 * @returns {Promise<string>} what the server sent, and what does not hold
 */
export async function facts(required) {
  const watched = new Set();
  const stop = watch({ inspect: ({ type }) => watched.add(type) });
  const server = createServer((req, res) => res.end(`served ${req.url}`));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const text = await new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.address().port, path: '/page', agent: new Agent() };
    const request = http.get(options, (response) => {
      let whole = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        whole += chunk;
      });
      response.on('end', () => resolve(whole));
    });
    request.on('error', reject);
  });
  stop();
  server.close();
  const holds = {
    'one copy for require and import': required.http === http && required.https === https,
    'one copy for all entries': https.Agent.prototype instanceof Agent,
    'exports that may be replaced': Object.getOwnPropertyDescriptor(required.http, 'request').writable,
    testing: follows('request', ['req.socket', 'req.error', 'req.close']).follows,
    watching: watched.has('@xstate.snapshot'),
  };
  const wrong = Object.keys(holds).filter((name) => !holds[name]);
  return [text, ...wrong.map((name) => `but not: ${name}`)].join(', ');
}
