/** Checks with bundlers. Each bundles programs/main.mjs with the package in it, and runs the output without the package. */
import { cpSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { node } from './run.mjs';

/** Runs a bundle where nothing is installed. */
async function alone(project, file) {
  rmSync(join(project, 'node_modules'), { recursive: true });
  return node(file, project);
}

const withEsbuild = (format, ending, options) => ({
  async check({ project }) {
    const outfile = `out/main.${ending}`;
    const paths = { absWorkingDir: project, entryPoints: ['main.mjs'], outfile };
    await esbuild.build({ ...paths, bundle: true, platform: 'node', format, logLevel: 'silent', ...options });
    return alone(project, outfile);
  },
});

const rolledUp = {
  async check({ project }) {
    const bundle = await rollup({
      input: join(project, 'main.mjs'),
      plugins: [nodeResolve({ preferBuiltins: true }), commonjs()],
      onwarn({ message }) {
        throw new Error(message);
      },
    });
    await bundle.write({ file: join(project, 'out', 'main.mjs'), format: 'es' });
    return alone(project, 'out/main.mjs');
  },
};

const packed = {
  async check({ project }) {
    const stats = await promisify(webpack)({
      context: project,
      entry: './main.mjs',
      mode: 'production',
      target: 'node',
      output: { path: join(project, 'out'), filename: 'main.cjs' },
    });
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    const found = [...errors, ...warnings].map(({ message }) => message);
    if (found.length > 0) throw new Error(found.join('\n'));
    return alone(project, 'out/main.cjs');
  },
};

const quiet = { configFile: false, logLevel: 'silent' };

const served = {
  async check({ project }) {
    const build = { ssr: 'main.mjs', outDir: 'out', emptyOutDir: true };
    await vite.build({ ...quiet, root: project, build, ssr: { noExternal: true } });
    return alone(project, 'out/main.mjs');
  },
};

/** In the process of a dev server, which leaves the package to Node. */
const servedInDevelopment = {
  async check({ project, tools }) {
    cpSync(join(tools, 'programs', 'dev-server.mjs'), join(project, 'dev-server.mjs'));
    symlinkSync(join(tools, 'node_modules', 'vite'), join(project, 'node_modules', 'vite'));
    return node('dev-server.mjs', project);
  },
};

/** Here the bundle has the program's XState, too. */
const charts = {
  async check({ project, tools }) {
    symlinkSync(join(tools, '..', '..', 'node_modules', 'xstate'), join(project, 'node_modules', 'xstate'));
    const paths = { absWorkingDir: project, entryPoints: ['charts.mjs'], outfile: 'out/charts.mjs' };
    await esbuild.build({ ...paths, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
    return alone(project, 'out/charts.mjs');
  },
};

export const bundlers = {
  'esbuild to ESM': withEsbuild('esm', 'mjs'),
  'esbuild to CommonJS': withEsbuild('cjs', 'cjs'),
  'esbuild, minified': withEsbuild('esm', 'mjs', { minify: true }),
  'esbuild with `statewire/machines`': charts,
  rollup: rolledUp,
  webpack: packed,
  'vite SSR': served,
  'vite SSR in development': servedInDevelopment,
};
