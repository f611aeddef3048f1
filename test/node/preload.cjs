/**
 * Replaces `http` with statewire: `node --require preload.cjs …`.
 *
 * It assigns statewire's values to the names of the host's module instead of hooking its loaders: so `require`, `import`,
 * `process.getBuiltinModule` and the globals of `node -p` all get them. `https` and the `_http_*` modules remain the host's.
 */
'use strict';

const host = require('node:http');
const { syncBuiltinESMExports } = require('node:module');
const statewire = require('../../dist/index.cjs');

for (const name of Object.keys(host)) delete host[name];
Object.defineProperties(host, Object.getOwnPropertyDescriptors(statewire));
syncBuiltinESMExports();
