/** The transitions that neither a walk nor a conversation takes, each by a run on statewire alone. */
import { behind } from './alone/behind.js';
import { fin } from './alone/fin.js';
import type { Alone } from './alone/kit.js';

export const alone: readonly Alone[] = [...behind, ...fin];
