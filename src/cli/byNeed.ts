/** What only one command needs, and only when it runs. In the package, these are other entries of it. */

/** Whether this is the package as it is installed. */
export const isInstalled: boolean = false;

export const loadTesting = (): Promise<typeof import('../testing/index.js')> => import('../testing/index.js');

export const loadJournal = (): Promise<typeof import('../journal/index.js')> => import('../journal/index.js');

/** node:http is statewire from then on. */
export const loadRegister = async (): Promise<unknown> => undefined;

/** The modules of the package, for other processes; undefined if it isn't installed. */
export const entries: { readonly journal: string; readonly register: string } | undefined = undefined;
