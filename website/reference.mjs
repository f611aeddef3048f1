/** The reference: a page for each module of the package, made by TypeDoc from the comments of the source. */
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import { modules } from './map.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const pathOf = (name) => `reference/${name.replace('/', '-')}`;

export const reference = () => ({
  text: 'Reference',
  items: Object.values(modules).map((name) => ({ text: name, link: `/${pathOf(name)}` })),
});

export async function writeReference() {
  for (const [file, name] of Object.entries(modules)) {
    const application = await Application.bootstrapWithPlugins({
      name,
      entryPoints: [here(`../${file}`)],
      tsconfig: here('tsconfig.json'),
      skipErrorChecking: true, // the compiler's own job, with a newer one
      plugin: ['typedoc-plugin-markdown'],
      router: 'module',
      entryFileName: `${name.replace('/', '-')}.md`,
      hidePageHeader: true,
      hideBreadcrumbs: true,
      readme: 'none',
      disableSources: true,
      excludePrivate: true,
      excludeProtected: true,
      excludeInternal: true,
      excludeExternals: true,
      groupOrder: ['Functions', 'Classes', 'Variables', '*'],
      useCodeBlocks: true,
      parametersFormat: 'table',
      interfacePropertiesFormat: 'table',
      typeAliasPropertiesFormat: 'table',
      cleanOutputDir: false,
      outputs: [{ name: 'markdown', path: here('pages/reference') }],
      logLevel: 'Error',
    });
    const project = await application.convert();
    if (project === undefined) throw new Error(`TypeDoc couldn't read ${file}`);
    await application.generateOutputs(project);
  }
}
