import { ClientRequest } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostProblem } from '../../src/rules/host.js';

const withHost = (...hosts: string[]) => ['Accept', '*/*', ...hosts.flatMap((host) => ['Host', host]), 'X-Host', 'a b'];

const valid = [
  ...['', 'a', 'localhost', 'localhost:8080', 'example.com', 'EXAMPLE.com.', 'a:', ':80', 'a_b-c~d', '127.0.0.1:0'],
  ...['%41.example', "!$&'()*+;=", '[::1]', '[::1]:8080', '[::ffff:1.2.3.4]', '[fe80::1%lo0]:80', '[fe80::1%25en0]'],
  ...['[v1.a:b]', 'xn--bcher-kva.example'],
];
const malformed = [
  ...[
    'a b',
    'a, a',
    'a,b',
    'a/',
    '/a',
    'a?b',
    'a#b',
    'a@b',
    'user:p@b',
    'a\\b',
    'a"b',
    'a<b',
    'a|b',
    'a^b',
    'a`b',
    'a{b}',
  ],
  ...[
    'a:x',
    'a:80x',
    'a:-1',
    'a:80:80',
    '::1',
    'a\tb',
    'a\x00',
    'a\x7f',
    'bücher.example',
    '%',
    '%4',
    '%4g',
    'http://a',
  ],
  ...[
    '[',
    ']',
    '[]',
    '[::1',
    '::1]',
    '[::1]a',
    '[::1]]',
    '[a b]',
    '[::g]',
    '[::1%]',
    '[v1]',
    '[v.a]',
    'a[::1]',
    '[/]',
    '\n',
  ],
];

describe('hostProblem', () => {
  it.each(valid)('accepts %j', (host) => expect(hostProblem(withHost(host))).toBeUndefined());

  it.each(malformed)('finds %j malformed', (host) => expect(hostProblem(withHost(host))).toBe('malformed'));

  it('finds no Host missing', () => {
    expect(hostProblem([])).toBe('missing');
    expect(hostProblem(['X-Host', 'a', 'Hosts', 'b', 'Hose', 'c'])).toBe('missing');
  });

  it('finds two Hosts a duplicate, equal or not, valid or not', () => {
    expect(hostProblem(withHost('a', 'a'))).toBe('duplicate');
    expect(hostProblem(withHost('a', ''))).toBe('duplicate');
    expect(hostProblem(withHost('a b', 'a'))).toBe('duplicate');
    expect(hostProblem(['host', 'a', 'HOST', 'b'])).toBe('duplicate');
  });

  it('recognizes the name in any case', () => {
    const name = fc.mixedCase(fc.constant('host'));
    fc.assert(fc.property(name, (name) => hostProblem([name, 'a b']) === 'malformed'));
  });

  it('accepts the authority of any URL', () => {
    const authority = fc.webAuthority({ withPort: true });
    fc.assert(fc.property(authority, (authority) => hostProblem(['Host', authority]) === undefined));
  });

  it('accepts any address and port', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV4Extended(),
      fc.ipV6().map((ip) => `[${ip}]`),
    );
    const port = fc.oneof(
      fc.constant(''),
      fc.nat(65535).map((port) => `:${port}`),
    );
    fc.assert(fc.property(address, port, (address, port) => hostProblem(['Host', address + port]) === undefined));
  });

  it('accepts what the client of node:http sends', () => {
    for (const host of ['localhost', '::1', 'fe80::1%lo0', 'a_b']) {
      const request = new ClientRequest({ host, port: 81, createConnection: () => undefined } as never);
      const sent = request.on('error', () => {}).getHeader('host') as string;
      request.destroy();
      expect([sent, hostProblem(['Host', sent])]).toEqual([sent, undefined]);
    }
  });
});
