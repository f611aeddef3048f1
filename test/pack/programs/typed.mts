import type { Server } from 'statewire';
import { facts } from './facts.mjs';
import required from './required.cjs';

type Unused = Server;
const text: string | Unused = await facts(required);
console.log(text);
