import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { facts } from './facts.mjs';
import required from './required.cjs';

if (isMainThread) new Worker(new URL(import.meta.url)).on('message', (text) => console.log(text));
else parentPort.postMessage(await facts(required));
