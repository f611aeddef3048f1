/**
 * Law 5 on the machines: by every shortest path, every transition from every state, and thousands of random walks, a
 * machine behaves the same in XState's interpreter and in ours.
 *
 * STATEWIRE_RUNS is the number of random walks for each machine and input (default 1000).
 */
import { alphabet, machines } from './kit/fixtures.js';
import { describeEquality } from './kit/walks.js';

for (const [name, machine] of Object.entries(machines)) describeEquality(name, machine, alphabet[name]);
