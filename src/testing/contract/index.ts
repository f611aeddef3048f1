/** All scenarios of the contract. */
import { client } from './client.js';
import { orders } from './orders.js';
import { pipelining } from './pipelining.js';
import type { Scenario } from './scenario.js';
import { server } from './server.js';

export const scenarios: readonly Scenario[] = [...orders, ...client, ...server, ...pipelining];
