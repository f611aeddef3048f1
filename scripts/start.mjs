/** `npm start`: builds the package, and serves the site of examples/site.mjs with it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

console.log('Building statewire. This takes some seconds; then the site starts.');
try {
  execFileSync(process.execPath, [join(import.meta.dirname, 'build.mjs')], { stdio: 'inherit' });
} catch {
  console.error('The build failed. If packages are missing, run: npm ci');
  process.exit(1);
}
await import('../examples/site.mjs');
