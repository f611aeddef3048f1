/** Loads TypeScript for scripts: bundles it, and imports the bundle from memory. */
import { join } from 'node:path';
import { build } from 'esbuild';

export const root = join(import.meta.dirname, '..');

/** Imports the TypeScript module at `path` from the root. CommonJS in it may require Node's modules. */
export async function load(path) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(import.meta.url)});`,
    },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
