import { tap } from 'statewire';
import { machines } from 'statewire/machines';
import { createActor, StateMachine } from 'xstate';
import { facts } from './facts.mjs';
import required from './required.cjs';

const seen = new Set();
const stop = tap(({ chart }) => seen.add(chart));
const text = await facts(required);
stop();
const areTheirs = Object.values(machines).every((machine) => machine instanceof StateMachine);
const starts = createActor(machines.server).start().getSnapshot().status === 'active';
console.log(areTheirs && starts && [...seen].every((name) => name in machines) ? text : 'other machines');
