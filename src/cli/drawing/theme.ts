/** The colours of the drawings, on light and on dark pages. */
import type { Kind } from './picture.js';
import { LETTER, type Style } from './text.js';

export interface Theme extends Readonly<Record<Style, string>> {
  readonly ground: string;
  readonly region: string;
  readonly state: string;
  readonly border: string;
}

export const LIGHT: Theme = {
  ground: '#ffffff',
  region: '#f6f8fa',
  state: '#ffffff',
  border: '#8c959f',
  name: '#1f2328',
  description: '#59636e',
  guard: '#1f2328',
  output: '#8250df',
  fact: '#0550ae',
  command: '#116329',
  time: '#9a5b00',
  always: '#59636e',
  none: '#59636e',
};

export const DARK: Theme = {
  ground: '#0d1117',
  region: '#151b23',
  state: '#0d1117',
  border: '#6e7681',
  name: '#f0f6fc',
  description: '#9198a1',
  guard: '#f0f6fc',
  output: '#d2a8ff',
  fact: '#79c0ff',
  command: '#7ee787',
  time: '#f0b72f',
  always: '#9198a1',
  none: '#9198a1',
};

/** The meanings of the colours of events, in the order of the legend. */
export const LEGEND: readonly { readonly kind: Kind; readonly text: string }[] = [
  { kind: 'fact', text: 'facts (net, wire, …)' },
  { kind: 'command', text: 'commands (user)' },
  { kind: 'time', text: 'time (clock)' },
  { kind: 'none', text: 'several of these' },
  { kind: 'always', text: 'always: without an event' },
];

/** The rules of a style sheet: those of all drawings, `rules`, and the colours for light and dark. */
export const styleOf = (rules: readonly string[], colours: (theme: Theme) => string): string =>
  [
    `text{font:${LETTER}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace}`,
    ...rules,
    '.dashed{stroke-dasharray:4 3}',
    colours(LIGHT),
    '@media (prefers-color-scheme:dark){',
    colours(DARK),
    '}',
  ].join('\n');
