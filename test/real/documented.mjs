/**
 * Prints what editors show of the public symbols, and those that have no description. Of the compilers, 5.4 is the newest with
 * this API.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript54';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const dist = pathOf('../../dist');
const names = ['index', 'https', 'testing', 'register', 'machines', 'journal'];
const entries = names.map((name) => join(dist, `${name}.d.cts`));

const options = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noEmit: true,
  types: ['node'],
  typeRoots: [pathOf('../../node_modules/@types')],
};

/** Programs, with the names in them whose types an editor shows. */
const programs = {
  'createServer((req, res) => void [req, res]);': ['req', 'res'],
  'createServer({}, (req, res) => void [req, res]);': ['req', 'res'],
  'new Server((req, res) => void [req, res]);': ['req', 'res'],
  "createServer().on('request', (req, res) => void [req, res]);": ['req', 'res'],
  "new Server().on('upgrade', (req) => void req);": ['req'],
  'secure.createServer((req, res) => void [req, res]);': ['req', 'res'],
  "secure.createServer({}).on('request', (req, res) => void [req, res]);": ['req', 'res'],
  "get('http://a', (res) => void res);": ['res'],
  "request('http://a').on('response', (res) => void res);": ['res'],
  'const server = createServer(); server.close();': ['server'],
  'const server = secure.createServer(); server.close();': ['server'],
  'const agent = new Agent(); agent.destroy();': ['agent'],
  'const agent = new secure.Agent(); agent.destroy();': ['agent'],
  "const made = new ClientRequest('http://a'); made.end();": ['made'],
  'const req = new IncomingMessage(); req.resume();': ['req'],
  'const res = new ServerResponse(new IncomingMessage()); res.end();': ['res'],
  'const message = new OutgoingMessage(); message.end();': ['message'],
};

/** A file that uses what is exported, as an editor has it open. */
const used = join(dist, 'used.mts');
const classes = ['Agent', 'ClientRequest', 'IncomingMessage', 'OutgoingMessage', 'Server', 'ServerResponse'];
const words = ['createServer', 'request', 'get', ...classes, 'tap', 'watch'];
const more = ['secure.createServer', 'memoryAgent', 'virtualClock', 'register'];
const text = `
  import { ${words.join(', ')} } from './index.mjs';
  import secure from './https.mjs';
  import { memoryAgent, virtualClock } from './testing.mjs';
  import { register } from './register.mjs';
  ${[...words, ...more].map((name) => ` ${name};`).join('\n')}
  ${Object.keys(programs)
    .map((program) => `{ ${program} }`)
    .join('\n')}`;

const service = ts.createLanguageService({
  getCompilationSettings: () => options,
  getCurrentDirectory: () => dist,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  getScriptFileNames: () => [...entries, used],
  getScriptVersion: () => '1',
  getScriptSnapshot: (path) => {
    const content = path === used ? text : ts.sys.readFile(path);
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
  },
  fileExists: (path) => path === used || ts.sys.fileExists(path),
  readFile: ts.sys.readFile,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
});
const program = service.getProgram();
const checker = program.getTypeChecker();

const isOurs = ({ declarations }) =>
  declarations?.some((each) => each.getSourceFile().fileName.startsWith(dist)) === true;
const isPublic = ({ name, declarations }) => {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const isHidden = declarations?.some((each) => (ts.getCombinedModifierFlags(each) & hidden) !== 0);
  return !name.startsWith('_') && name !== 'prototype' && name !== 'default' && !isHidden;
};
const isDescribed = (symbol) =>
  symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;

/** The types of a symbol whose members are public: a class, what it makes, an interface. The parts of other types are described by themselves. */
function typesOf(symbol, place) {
  const types = [];
  if (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) {
    types.push(checker.getDeclaredTypeOfSymbol(symbol));
  }
  if (symbol.flags & ts.SymbolFlags.Variable) {
    const type = checker.getTypeOfSymbolAtLocation(symbol, place);
    const [construct] = type.getConstructSignatures();
    if (construct !== undefined) types.push(type, construct.getReturnType());
  }
  return types.filter((type) => type.flags & ts.TypeFlags.Object);
}

function undescribed(entry) {
  const file = program.getSourceFile(entry);
  const found = [];
  for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(file))) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    found.push([exported.name, symbol]);
    for (const type of typesOf(symbol, file)) {
      for (const member of checker.getPropertiesOfType(type)) found.push([`${exported.name}.${member.name}`, member]);
    }
  }
  const asked = found.filter(([, symbol]) => isOurs(symbol) && isPublic(symbol));
  const lacking = asked.filter(([, symbol]) => !isDescribed(symbol)).map(([name]) => name);
  return { count: asked.length, lacking: [...new Set(lacking)].sort() };
}

function hoverOf(name) {
  const { displayParts, documentation } = service.getQuickInfoAtPosition(
    used,
    text.lastIndexOf(` ${name};`) + name.length,
  );
  return { name, shown: ts.displayPartsToString(displayParts), description: ts.displayPartsToString(documentation) };
}

function typesIn([program, names]) {
  const start = text.indexOf(`{ ${program} }`) + 2;
  return names.map((name) => {
    const { displayParts } = service.getQuickInfoAtPosition(used, start + program.search(new RegExp(`\\b${name}\\b`)));
    return { program, shown: ts.displayPartsToString(displayParts) };
  });
}

const symbols = names.map((name, index) => ({ name, ...undescribed(entries[index]) }));
console.log(
  JSON.stringify({
    symbols,
    hovers: [...words, ...more].map(hoverOf),
    types: Object.entries(programs).flatMap(typesIn),
  }),
);
