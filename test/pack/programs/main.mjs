import { facts } from './facts.mjs';
import required from './required.cjs';

facts(required).then(console.log);
