/**
 * Puts statewire in the place of `http`: `node --require preload.cjs …`.
 *
 * The names of the host's module are given statewire's values, rather than its loaders being hooked: so `require`, `import`,
 * `process.getBuiltinModule` and the globals of `node -p` all find them. `https` and the `_http_*` modules stay the host's.
 */
'use strict';

const host = require('node:http');
const { syncBuiltinESMExports } = require('node:module');
const statewire = require('../../dist/index.cjs');

for (const name of Object.keys(host)) delete host[name];
Object.defineProperties(host, Object.getOwnPropertyDescriptors(statewire));
syncBuiltinESMExports();
