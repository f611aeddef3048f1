/** The tables of docs/endings.md are made of the rule. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EndedBy, EndedIn } from '../../src/index.js';
import { BY, IN, packed, TIMERS, unpacked, verdictText } from '../../src/rules/ending.js';

const file = new URL('../../docs/endings.md', import.meta.url);

/**
 * What proxies call it. nginx: ngx_http_request.h, of which 499 is its own; Envoy: its response flags; HAProxy: “Session state at
 * disconnection”. Only what these documents say of the same case.
 */
const NAMES: Readonly<Record<string, readonly [nginx: string, envoy: string, haproxy: string]>> = {
  'server PH': ['', '', 'CR'],
  'server RH': ['', '', 'CR'],
  'server TH': ['408', '', 'cR'],
  'server EH': ['400', 'DPE', 'PR'],
  'server TB': ['408', '', 'cH'],
  'server PW': ['499', 'DC', 'CH'],
  'server RW': ['499', 'DC', 'CH'],
  'server PA': ['', 'DC', 'CD'],
  'server RA': ['', 'DC', 'CD'],
  'server TA': ['', '', 'cD'],
  'client SC': ['', 'UF', 'SC'],
  'client RC': ['', 'UF', 'SC'],
  'client UQ': ['', '', 'CQ'],
  'client PW': ['', 'UC', 'SH'],
  'client RW': ['', 'UC', 'SH'],
  'client UW': ['', 'UT', 'sH'],
  'client EW': ['', 'UPE', 'PH'],
  'client PA': ['', 'UC', 'SD'],
  'client RA': ['', 'UC', 'SD'],
};

/** What the row adds. */
const REMARKS: Readonly<Record<string, string>> = { 'client UW': ' (with the timer `timeout`)' };

const cell = (text: string): string => (text === '' ? '' : `\`${text}\``);

const letters = (table: Readonly<Record<string, string>>): string =>
  ['| | |', '| --- | --- |', ...Object.entries(table).map(([letter, words]) => `| \`${letter}\` | ${words} |`)].join(
    '\n',
  );

function codes(): string {
  const rows = Object.entries(NAMES).map(([name, [nginx, envoy, haproxy]]) => {
    const [role, code] = name.split(' ') as [string, string];
    const verdict = {
      by: code[0] as EndedBy,
      in: code[1] as EndedIn,
      timer: undefined,
      closedFirst: undefined,
      status: 0,
    };
    const words = verdictText(verdict).replace(/^..: /, '');
    return `| ${role} | \`${code}\` | ${words}${REMARKS[name] ?? ''} | ${nginx} | ${cell(envoy)} | ${cell(haproxy)} |`;
  });
  return ['| at a | code | | nginx | Envoy | HAProxy |', '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}

const parts = { who: letters(BY), when: letters(IN), codes: codes() };

describe('docs/endings.md', () => {
  it('has the tables of the rule (if not: UPDATE=1)', () => {
    const page = readFileSync(file, 'utf8');
    const made = Object.entries(parts).reduce(
      (text, [name, table]) =>
        text.replace(
          new RegExp(`<!-- ${name} -->[\\s\\S]*<!-- /${name} -->`),
          () => `<!-- ${name} -->\n${table}\n<!-- /${name} -->`,
        ),
      page,
    );
    if (process.env['UPDATE']) writeFileSync(file, made);
    expect(readFileSync(file, 'utf8')).toBe(made);
  });
});

describe('a verdict', () => {
  it('is kept in one small number', () => {
    for (const by of Object.keys(BY) as EndedBy[]) {
      for (const when of Object.keys(IN) as EndedIn[]) {
        for (const timer of TIMERS) {
          for (const closedFirst of [undefined, 'peer', 'us'] as const) {
            for (const status of [0, 100, 408, 503]) {
              const verdict = { by, in: when, timer, closedFirst, status };
              expect(unpacked(packed(verdict))).toEqual(verdict);
              expect(packed(verdict)).toBeLessThan(2 ** 30);
            }
          }
        }
      }
    }
    expect(packed({ by: '-', in: '-', timer: undefined, closedFirst: undefined, status: 0 })).toBe(0);
  });
});
