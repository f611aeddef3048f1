/**
 * Records and draws the event orders: `node scripts/orders.mjs` writes diagrams/orders/ and docs/event-order.md,
 * `node scripts/orders.mjs --check` fails if they are stale.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, root } from './load.mjs';

const { FOLDER, PAGE, orderFiles, record } = await load('scripts/orders/files.ts');
mkdirSync(join(root, FOLDER), { recursive: true });
const files = orderFiles(await record());
const present = [PAGE, ...readdirSync(join(root, FOLDER)).map((name) => `${FOLDER}/${name}`)];
const before = new Map(
  present.filter((path) => existsSync(join(root, path))).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);
const stale = [...new Set([...files.keys(), ...before.keys()])].filter((path) => files.get(path) !== before.get(path));

if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is stale: npm run orders`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const path of stale) {
    if (files.has(path)) writeFileSync(join(root, path), files.get(path));
    else rmSync(join(root, path));
    console.log(path);
  }
}
