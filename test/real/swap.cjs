/** Puts statewire's exports into those of node:http, for `require` and `import`. */
const http = require('node:http');
const { syncBuiltinESMExports } = require('node:module');
const { WebSocket, CloseEvent, MessageEvent, ...ours } = Object.getOwnPropertyDescriptors(
  require('../../dist/index.cjs'),
);

for (const [name, descriptor] of Object.entries(ours)) {
  Object.defineProperty(http, name, { ...descriptor, configurable: true });
}
syncBuiltinESMExports();
