/** What explaining takes: see byNeed.ts. */
export { describe } from './describe.js';
export { addLines, linesOf } from './explain.js';
export { lintsOf } from './lints.js';
export { lineOf } from './phrases.js';
export { serve } from './serve.js';
export { longest, sorted } from './sorting.js';
