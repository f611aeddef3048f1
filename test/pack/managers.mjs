/** Checks with package managers, which lay out `node_modules` in their own ways, or do without. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

const withPackage = (project, tarball, more = {}) => {
  const manifest = { name: 'project', private: true, dependencies: { statewire: `file:${tarball}` }, ...more };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
};

export const managers = {
  'Yarn PnP': {
    isInstalled: false,
    async check({ project, tarball, tools }) {
      const yarn = join(tools, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
      const env = { YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', YARN_ENABLE_GLOBAL_CACHE: 'false', YARN_IGNORE_PATH: '1' };
      withPackage(project, tarball);
      writeFileSync(join(project, 'yarn.lock'), '');
      writeFileSync(join(project, '.yarnrc.yml'), 'nodeLinker: pnp\nenableTelemetry: false\n');
      await run(process.execPath, [yarn, 'install'], project, { env });
      return run(process.execPath, [yarn, 'node', 'main.mjs'], project, { env });
    },
  },
  pnpm: {
    isInstalled: false,
    async check({ project, tarball, bin }) {
      withPackage(project, tarball);
      await run(bin('pnpm'), ['install', '--offline', '--store-dir', join(project, '.store')], project);
      return run(process.execPath, ['main.mjs'], project);
    },
  },
};
