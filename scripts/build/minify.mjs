/** Makes a bundle small. */
import { transform } from 'esbuild';
import { minify, parseSync, Visitor } from 'rolldown/utils';

/** @type {import('esbuild').TransformOptions} */
const described = { target: 'node20.19', legalComments: 'none' };

/** Functions and classes keep their names, which are seen in stack traces. */
const keepNames = { function: true, class: true };

/** Node prints a whole line with an error that nobody handles. */
const LONGEST = 160;

/**
 * What only has a name inside the bundle is renamed. oxc's minifier makes less of such code than esbuild's, which leaves all names at
 * the top level.
 * @param {string} text @param {import('esbuild').TransformOptions} [options]
 */
export async function minified(text, options = {}) {
  const { code: defined } = await transform(text, { ...described, ...options });
  const { code, errors } = await minify('room.js', defined, {
    compress: { target: described.target, keepNames },
    mangle: { toplevel: true, keepNames },
    codegen: { removeWhitespace: true, legalComments: 'none' },
  });
  if (errors.length > 0) throw new Error(errors[0].message);
  const lines = inLines(code).replace(/[^\0-\x7f]/g, escaped);
  // What a program names is imported as it is: a bundler can't know it.
  return lines.replace(/\bimport\((?=[A-Za-z_$])/g, 'import(/* webpackIgnore: true */ ');
}

/** As esbuild does: V8 keeps text that is ASCII in half the memory. */
const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Breaks lines after statements, and between the parts of lists. @param {string} code */
function inLines(code) {
  let all = '';
  let from = 0;
  let last = 0;
  for (const end of [...breaks(code), code.length]) {
    if (end - from > LONGEST && last > from) {
      all += `${code.slice(from, last)}\n`;
      from = last;
    }
    last = end;
  }
  return `${all}${code.slice(from).trimEnd()}\n`;
}

/** Where a line may end, in order. @param {string} code */
function breaks(code) {
  const ends = new Set();
  const after = (nodes) => {
    for (const node of nodes) if (node !== null) ends.add(code[node.end] === ',' ? node.end + 1 : node.end);
  };
  /** What follows the last one of a list stays in its line. */
  const between = (nodes) => after(nodes.slice(0, -1));
  const { program, errors } = parseSync('room.js', code);
  if (errors.length > 0) throw new Error(errors[0].message);
  new Visitor({
    Program: ({ body }) => after(body),
    BlockStatement: ({ body }) => after(body),
    ClassBody: ({ body }) => after(body),
    SwitchCase: ({ consequent }) => after(consequent),
    VariableDeclaration: ({ declarations }) => between(declarations),
    ObjectExpression: ({ properties }) => between(properties),
    ArrayExpression: ({ elements }) => between(elements),
    SequenceExpression: ({ expressions }) => between(expressions),
  }).visit(program);
  return [...ends].sort((one, other) => one - other);
}
