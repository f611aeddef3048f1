/**
 * The charts of the package. XState reads them here, at the build; the package has their prints (src/engine/printed.ts), and
 * XState itself with the charts as they are written in a file of its own, the `interpreter`, which is loaded when somebody
 * watches, or when `follows` is given a machine of the program.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, root } from '../load.mjs';

const { prints } = await load('scripts/build/print.ts');
const printed = JSON.stringify(join(root, 'src', 'engine', 'printed.ts'));

/** What the charts take from XState. */
const helpers = 'and, assign, emit, not, or, raise, setup, stateIn';

/** The interpreter: XState, and the charts made with it. */
export const interpreterEntry = `
  import { createActor, ${helpers} } from 'xstate';
  import charts from './rooms/charts.cjs';
  export { readChart } from './src/engine/read.ts';
  export { createActor };
  export const { machines } = charts(() => ({ ${helpers} }));`;

const stand = {
  /** For src/machines, `setup` and its helpers; for engine/watched.ts, the interpreter. */
  xstate: `
    import { interpreter } from 'statewire:interpreter';
    export { ${helpers} } from ${printed};
    export function createActor({ id }, options) {
      const { createActor, machines } = interpreter();
      return createActor(machines[id], options);
    }`,
  /** A machine of the program is read as it is. `follows` compares it with ours by their configs. */
  read: `
    import { interpreter } from 'statewire:interpreter';
    import { inflate, PrintedMachine } from ${printed};
    Object.defineProperty(PrintedMachine.prototype, 'config', { get() { return interpreter().machines[this.id].config; } });
    export function readChart(machine) {
      return machine instanceof PrintedMachine ? () => inflate(machine) : interpreter().readChart(machine);
    }`,
};

/** Replaces the chart of a machine by its print. The chart is all that follows `.createMachine(`. */
function withPrint(path, text, print) {
  const [head, chart, ...more] = text.split(/\.createMachine\(/);
  // Only the last line of the chart may begin where a statement does.
  const lines = chart.trimEnd().split('\n').slice(1);
  const isWhole =
    lines.at(-1).trim() === '});' && lines.slice(0, -1).every((line) => line === '' || line.startsWith('  '));
  if (more.length > 0 || !isWhole) throw new Error(`${path}: the chart must be the end of the file`);
  return `${head}.print(${print});\n`;
}

/**
 * @param {string} interpreter the text of the module `statewire:interpreter`, which exports a function of this name
 * @returns {import('esbuild').Plugin} for a bundle that has prints
 */
export function printedCharts(interpreter) {
  const charts = prints();
  const used = new Set();
  return {
    name: 'printedCharts',
    setup({ onResolve, onLoad, onEnd }) {
      onResolve({ filter: /^xstate$/ }, () => ({ path: 'xstate', namespace: 'stand' }));
      onResolve({ filter: /^statewire:interpreter$/ }, () => ({ path: 'interpreter', namespace: 'stand' }));
      // A region that only charts use.
      onResolve({ filter: /^\.\//, namespace: 'file' }, ({ path, resolveDir }) =>
        resolveDir === join(root, 'src', 'machines')
          ? { path: join(resolveDir, path.replace(/\.js$/, '.ts')), sideEffects: false }
          : undefined,
      );
      onLoad({ filter: /^/, namespace: 'stand' }, ({ path }) => ({
        contents: path === 'interpreter' ? interpreter : stand[path],
        resolveDir: root,
      }));
      onLoad({ filter: /[\\/]src[\\/]engine[\\/]read\.ts$/ }, () => ({ contents: stand.read, resolveDir: root }));
      onLoad({ filter: /[\\/]src[\\/]machines[\\/][^\\/]+\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (!text.includes('.createMachine(')) return undefined;
        const name = /\bexport const (\w+)Machine = /.exec(text)[1];
        used.add(name);
        return { contents: withPrint(path, text, charts[name]), loader: 'ts' };
      });
      onEnd(() => {
        const left = Object.keys(charts).filter((name) => !used.has(name));
        if (left.length > 0) throw new Error(`no machine has the print of ${left.join(', ')}`);
      });
    },
  };
}
