/** Which files of the repository are pages of the site, and where. A page that isn't here is linked to at its repository. */

export const repository = 'https://github.com/statewire/statewire';

/** Sections of the sidebar: their pages by file, each with its path in the site. */
export const sections = {
  Guide: {
    'README.md': 'index',
    'docs/register.md': 'guide/register',
    'docs/explain.md': 'guide/explain',
    'docs/endings.md': 'guide/endings',
    'docs/journal.md': 'guide/journal',
    'docs/observing.md': 'guide/observing',
    'docs/draining.md': 'guide/draining',
    'docs/testing.md': 'guide/testing',
    'docs/faults.md': 'guide/faults',
    'docs/frameworks.md': 'guide/frameworks',
    'docs/packages.md': 'guide/packages',
    'CHANGELOG.md': 'guide/changelog',
    'docs/versions.md': 'guide/versions',
    'SECURITY.md': 'guide/security',
  },
  'What happens when': {
    'docs/event-order.md': 'events/order',
    'docs/errors.md': 'events/errors',
    'docs/differences-from-node.md': 'events/differences',
  },
  Machines: {
    'diagrams/README.md': 'machines/diagrams',
    'docs/how-it-fits.md': 'machines/how-they-meet',
    'docs/lifecycle.md': 'machines/lifecycle',
    'docs/coverage.md': 'machines/coverage',
    'docs/mutation.md': 'machines/mutants',
  },
  Inside: {
    'docs/architecture.md': 'inside/architecture',
    'docs/laws.md': 'inside/laws',
    'docs/tenets.md': 'inside/tenets',
    'docs/glossary.md': 'inside/glossary',
    'docs/tests.md': 'inside/tests',
    'bench/README.md': 'inside/bench',
    'CONTRIBUTING.md': 'inside/contributing',
  },
};

/** Pages that are HTML already. */
export const copied = { 'diagrams/index.html': 'look-around.html' };

/** A folder whose files are all pages, as a section of their own. */
export const decisions = { folder: 'docs/decisions', title: 'Decisions', path: 'decisions' };

/** What of the package's exports has a reference: the file with the types, by its name. */
export const modules = {
  'src/index.ts': 'statewire',
  'src/https.ts': 'statewire/https',
  'src/register/index.ts': 'statewire/register',
  'src/testing/index.ts': 'statewire/testing',
  'src/journal/index.ts': 'statewire/journal',
};
