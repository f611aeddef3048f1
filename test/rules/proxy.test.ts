/** The expectations about NO_PROXY and targets are the observed behaviour of Node 24. */
import { describe, expect, it } from 'vitest';
import {
  authority,
  authorityIn,
  exceptions,
  httpProxy,
  httpsProxy,
  isExcepted,
  proxyOf,
  proxyTarget,
  proxyUrl,
} from '../../src/rules/proxy.js';

describe('the variables', () => {
  it('in lower case take precedence, unless empty', () => {
    expect(httpProxy({ http_proxy: 'http://a', HTTP_PROXY: 'http://b' })).toBe('http://a');
    expect(httpProxy({ http_proxy: '', HTTP_PROXY: 'http://b' })).toBe('http://b');
    expect(httpsProxy({ https_proxy: 'http://a', HTTPS_PROXY: 'http://b' })).toBe('http://a');
    expect(exceptions({ no_proxy: 'a', NO_PROXY: 'b' })).toEqual(['a']);
    expect(exceptions({ no_proxy: '', NO_PROXY: 'b' })).toEqual(['b']);
  });

  it('define no proxy if they are empty, have another scheme, or are for other protocols', () => {
    for (const url of ['', 'garbage', 'localhost:80', 'socks5://a', 'HTTP://a', ' http://a']) {
      expect(proxyUrl({ HTTP_PROXY: url }), url).toBeUndefined();
    }
    expect(proxyUrl({ HTTPS_PROXY: 'http://a', ALL_PROXY: 'http://a' })).toBeUndefined();
  });

  it('are lists, trimmed and in lower case', () => {
    expect(exceptions({ NO_PROXY: ' A.test , ,b.test,' })).toEqual(['a.test', 'b.test']);
    expect(exceptions({})).toEqual([]);
  });
});

describe('a proxy', () => {
  const read = (url: string) => proxyOf(new URL(url));

  it('has the port of its scheme', () => {
    expect(read('http://a')).toEqual({ isSecure: false, host: 'a', port: 80, credentials: undefined });
    expect(read('https://a/path')).toEqual({ isSecure: true, host: 'a', port: 443, credentials: undefined });
    expect(read('http://a:8080').port).toBe(8080);
  });

  it('can be an IPv6 address', () => expect(read('http://[::1]:3128')).toMatchObject({ host: '::1', port: 3128 }));

  it('gets decoded credentials', () => {
    expect(read('http://us%20er:p%40ss@a').credentials).toBe('us er:p@ss');
    expect(read('http://user@a').credentials).toBe('user:');
    expect(read('http://:word@a').credentials).toBe(':word');
    expect(() => read('http://u%zz@a')).toThrow(URIError);
  });
});

describe('NO_PROXY', () => {
  const cases: readonly (readonly [list: string, covered: readonly string[], others: readonly string[]])[] = [
    ['*', ['a.test', '127.0.0.1'], []],
    ['b.test,*', ['a.test'], []],
    ['a.test', ['a.test', 'A.TEST'], ['b.test', 'x.a.test', 'a.test.']],
    ['.a.test', ['a.test', 'x.a.test', 'x.y.a.test'], ['xa.test']],
    ['*.a.test', ['x.a.test', 'x.y.a.test'], ['a.test', 'xa.test']],
    ['*a.test,x*.test,a.*,*.*', [], ['a.test', 'xa.test']],
    ['a.test:80', ['a.test'], []],
    ['a.test:8080,a.test:,a.test:080,*:80,.a.test:80,*.a.test:80', [], ['a.test', 'x.a.test']],
    [' a.test , b.test ', ['a.test', 'b.test'], []],
    ['a.test b.test;c.test', [], ['a.test', 'b.test', 'c.test']],
    ['', [], ['a.test', 'localhost', '127.0.0.1']],
    ['localhost', ['localhost'], ['127.0.0.1']],
    ['127.0.0.1', ['127.0.0.1'], ['127.0.0.2', 'localhost', '127.1', '::ffff:127.0.0.1']],
    ['127.0.0.1-127.0.0.9', ['127.0.0.1', '127.0.0.5', '127.0.0.9'], ['127.0.0.10', '127.0.1.5', '127.0.0.0', 'a-b']],
    ['127.0.0.1 - 127.0.0.9', ['127.0.0.5'], []],
    ['127.0.0.9-127.0.0.1,127.0.0.1-127.0.0.9:80,127.0.0.0/8,0.0.0.0-256.0.0.0', [], ['127.0.0.5']],
    ['1.2.3.4-1.2.3.6-1.2.3.9', [], ['1.2.3.5']],
    ['::1', ['::1'], ['[::1]', '0:0:0:0:0:0:0:1']],
    ['::1-::5', [], ['::3']],
    ['my-host.test,a-b', ['my-host.test', 'a-b'], []],
    ['http://a.test,a.test/x,<local>', [], ['a.test']],
  ];
  it.each(cases)('%j covers %j and not %j', (list, covered, others) => {
    const entries = exceptions({ NO_PROXY: list });
    expect([...covered, ...others].filter((host) => isExcepted(host, 80, entries))).toEqual(covered);
  });

  it('can contain a port, which the program may give as a string', () => {
    const entries = exceptions({ NO_PROXY: 'a.test:8080' });
    expect([isExcepted('a.test', 8080, entries), isExcepted('a.test', '8080', entries)]).toEqual([true, true]);
  });
});

describe('an authority', () => {
  it('omits port 80, is in lower case, and has brackets around IPv6', () => {
    expect(authority('A.test', 80)).toBe('a.test');
    expect(authority('a.test', '8080')).toBe('a.test:8080');
    expect(authority('::1', 80)).toBe('[::1]');
    expect(authority('[::1]', 81)).toBe('[::1]:81');
    expect(authorityIn('a.test:80')).toBe('a.test');
  });

  it.each(['a b', 'a/b', 'u@a', 'a?b', 'a#b', 'a\\b', '[', ''])('cannot be made of %j', (host) => {
    expect(authority(host, 80)).toBeUndefined();
    expect(authorityIn(host)).toBeUndefined();
  });
});

describe('a target', () => {
  const of = (path: string, method = 'GET') => proxyTarget(method, path, 'a.test');

  it.each([
    ['/x?y', 'http://a.test/x?y'],
    ['//x/y?#a', 'http://a.test//x/y?#a'],
    ['/a/../b/%41"<>', 'http://a.test/b/%41%22%3C%3E'],
    ['http://a.test/z', 'http://a.test/z'],
    ['HTTP://A.test:80/z', 'http://a.test/z'],
  ])('of %s is %s', (path, target) => expect(of(path)).toEqual({ target }));

  it('of CONNECT, and of OPTIONS *, is unchanged', () => {
    expect(of('b.test:443', 'CONNECT')).toEqual({ target: 'b.test:443' });
    expect(of('*', 'OPTIONS')).toEqual({ target: '*' });
  });

  it.each([
    ['x', 'must be in absolute-form or start with /', 'x'],
    ['*', 'must be in absolute-form or start with /', '*'],
    ['https://a.test/', 'must use http: scheme when specified as an absolute URL', 'https:'],
    ['http://u:p@a.test/z', 'must not contain userinfo, use options.auth instead', 'http://a.test/z'],
    ['http://b.test/', 'must match the request authority (a.test)', new URL('http://b.test/')],
  ])('is rejected for %s', (path, reason, value) => expect(of(path)).toEqual({ reason, value }));
});
