/** Builds the site, and serves it with `--serve`. */
import { fileURLToPath } from 'node:url';
import { build, serve } from 'vitepress';
import { writePages } from './pages.mjs';
import { writeReference } from './reference.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

writePages();
await writeReference();
await build(folder);
if (process.argv.includes('--serve')) await serve({ root: folder });
