/**
 * Replaces `http` and `https` with statewire: `node --require preload.cjs …`.
 *
 * It assigns statewire's values to the names of the host's modules instead of hooking its loaders: so `require`, `import`,
 * `process.getBuiltinModule` and the globals of `node -p` all get them. The `_http_*` modules remain the host's.
 */
'use strict';

const { syncBuiltinESMExports } = require('node:module');

function replace(host, statewire) {
  for (const name of Object.keys(host)) delete host[name];
  Object.defineProperties(host, Object.getOwnPropertyDescriptors(statewire));
}

replace(require('node:http'), require('../../dist/index.cjs'));
// A Node without TLS has no https.
if (process.versions.openssl) replace(require('node:https'), require('../../dist/https.cjs'));
syncBuiltinESMExports();
