/** Judges its share of the mutants of each machine that it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { load } from '../load.mjs';

const { verdictsOf } = await load('scripts/mutate/all.ts');
for (const name of workerData.names) parentPort.postMessage(verdictsOf(name, workerData.first, workerData.count));
