/**
 * Law 5 on the machines: on every shortest path, every transition from every state, and thousands of random walks, a machine
 * behaves the same in XState's interpreter and in ours. Two small charts cover the features that no machine uses.
 *
 * STATEWIRE_RUNS is the number of random walks per machine and input (default 1000).
 */
import { machines } from '../../src/machines/index.js';
import { alphabets } from '../machines/alphabet.js';
import * as fixtures from './kit/fixtures.js';
import { describeEquality } from './kit/walks.js';

for (const [name, machine] of Object.entries(machines)) describeEquality(name, machine, alphabets[name]);
for (const [name, machine] of Object.entries(fixtures.machines)) {
  describeEquality(`fixture ${name}`, machine, fixtures.alphabet[name]);
}
