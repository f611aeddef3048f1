/**
 * The declarations of the package, rolled up: what the entries export and what that needs, in a file for each entry and one that
 * they share, so that a class is one type whichever entry it comes from. What only the sources need is left out, and so are comments
 * that no editor shows.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { parseSync, Visitor } from 'rolldown/utils';
import { dts } from 'rolldown-plugin-dts';
import { root } from '../load.mjs';

const entries = {
  index: 'index',
  https: 'https',
  testing: 'testing/index',
  machines: 'machines/index',
  register: 'register/index',
  journal: 'journal/index',
  'journal-register': 'journal/register',
};

/** The comment at the head of a source file is about the file. Without its imports it would be that of the first declaration. */
function withoutHead(text, source) {
  const [head] = /^\/\*\*[\s\S]*?\*\/\n(?=\n|import|export \*|export (type )?\{)/.exec(source) ?? [''];
  return text.startsWith(head) ? text.slice(head.length) : text;
}

/**
 * rolldown gives what is imported from Node its own name again, and then ours needs another one, as `Server$1`, which editors would
 * show.
 */
function withQualifiedNames(text) {
  const renamed = new Map();
  const all = text.replace(/^import (?:type )?\{(.*)\} from ['"]node:(\w+)['"];\n/gm, (_, list, module) => {
    const kept = list.split(',').filter((specifier) => {
      const [, name, local] = /(\w+) as (\w+)/.exec(specifier) ?? [];
      if (local !== undefined) renamed.set(local, `${module}.${name}`);
      return local === undefined;
    });
    return `import * as ${module} from 'node:${module}';\nimport {${kept.join(',')}} from 'node:${module}';\n`;
  });
  return [...renamed].reduce((so, [name, path]) => so.replace(new RegExp(String.raw`\b${name}\b`, 'g'), path), all);
}

const faces = Object.values(entries).map((path) => readFileSync(join(root, 'src', `${path}.ts`), 'utf8'));

/**
 * What a class implements is checked in the sources. It would bring along interfaces that nothing else needs. Those that are exported
 * have the comments of the members.
 */
function withoutImplements(text) {
  const heads = /^(export declare (?:abstract )?class [^{]*?) implements (\w+) \{/gm;
  return text.replace(heads, (all, head, name) =>
    faces.some((face) => new RegExp(String.raw`\b${name}\b`).test(face)) ? all : `${head} {`,
  );
}

/** @type {(folder: string) => import('rolldown').Plugin} */
const prepared = (folder) => ({
  name: 'prepared',
  transform: {
    order: 'pre',
    filter: { id: /\.d\.ts$/ },
    handler(text, id) {
      const source = readFileSync(join(root, 'src', relative(folder, id).replace(/\.d\.ts$/, '.ts')), 'utf8');
      return { code: withQualifiedNames(withoutImplements(withoutHead(text, source))), map: null };
    },
  },
});

/** A module that adds to an interface of another one is now in the same file. */
function withoutAugmentations(text) {
  const plain = text.replace(/^declare module ['"]\..*['"] \{\n([\s\S]*?)^\}\n/gm, (_, inner) =>
    inner.replace(/^ {2}/gm, ''),
  );
  for (const [, name] of text.matchAll(/^declare module ['"]\.[\s\S]*?interface (\w+)/gm)) {
    if (!new RegExp(`^interface ${name} \\{\\}$`, 'm').test(plain)) throw new Error(`${name} is declared elsewhere`);
  }
  return plain;
}

const members = [
  'TSPropertySignature',
  'TSMethodSignature',
  'TSCallSignatureDeclaration',
  'TSConstructSignatureDeclaration',
  'TSIndexSignature',
  'PropertyDefinition',
  'MethodDefinition',
  'TSAbstractPropertyDefinition',
  'TSAbstractMethodDefinition',
];

/** Where an editor looks for comments: before declarations, and before members that are not private. */
function documentable(program) {
  const starts = new Set(program.body.map(({ start }) => start));
  const note = ({ start, accessibility }) => {
    if (accessibility !== 'private') starts.add(start);
  };
  new Visitor(Object.fromEntries(members.map((type) => [type, note]))).visit(program);
  return starts;
}

/**
 * Keeps the comments that an editor shows, each in lines of its own: rolldown leaves some at the end of the line before, where they
 * document nothing.
 */
function withDocs(text) {
  const { program, comments, errors } = parseSync('types.ts', text);
  if (errors.length > 0) throw new Error(errors[0].message);
  const starts = documentable(program);
  let all = '';
  let from = 0;
  for (const { start, end, value } of comments) {
    const next = end + /^\s*/.exec(text.slice(end))[0].length;
    const [, indent, before] = /( *)(.*)$/.exec(text.slice(text.lastIndexOf('\n', next - 1) + 1, next));
    const lineEnd = before === '' ? `\n${indent}` : `\n${indent}  `;
    const isShown = value.startsWith('*') && starts.has(next);
    all += text.slice(from, start).trimEnd();
    if (isShown) all += `${lineEnd}${text.slice(start, end)}${lineEnd}`;
    else all += text.slice(end, next).includes('\n') ? `\n${indent}` : ' ';
    from = next;
  }
  return all + text.slice(from);
}

/** @returns {Promise<Map<string, string>>} texts by their names in dist/types */
export async function declarations() {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-types-'));
  try {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', folder], {
      cwd: root,
      stdio: 'inherit',
    });
    const input = Object.fromEntries(
      Object.entries(entries).map(([name, path]) => [name, join(folder, `${path}.d.ts`)]),
    );
    const bundle = await rolldown({
      input,
      external: /^(node:|xstate$)/,
      plugins: [prepared(folder), dts({ dtsInput: true, tsconfig: false })],
      onLog: (_, log) => {
        if (!/declare module/.test(log.message)) throw new Error(log.message);
      },
    });
    const { output } = await bundle.generate({
      chunkFileNames: '[name].js',
      minifyInternalExports: false,
      codeSplitting: { groups: [{ name: 'shared.d', minShareCount: 2 }] },
    });
    return new Map(output.map(({ fileName, code }) => [fileName, withDocs(withoutAugmentations(code))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
