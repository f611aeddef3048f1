/**
 * What Node has around http, with http swapped: each program runs on node:http and under `statewire/register`, and prints the
 * same.
 */
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { Project, registered } from './kit/project.js';

const project = new Project();
beforeAll(() => project.build(), 120_000);
afterAll(() => project.remove());

/** Makes a request on a connection of its own, and gives what came back. */
const get = `
  const http = require('http');
  const get = (options) => new Promise((resolve, reject) => {
    http.get({ agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => resolve(text));
    }).on('error', reject);
  });`;

const unix = (name: string) => `require('path').join(require('os').tmpdir(), '${name}-' + process.pid + '.sock')`;

describe('cluster', () => {
  it('round robin: workers share a port in turn', async () => {
    const text = `${get}
      const cluster = require('cluster');
      cluster.schedulingPolicy = cluster.SCHED_RR;
      if (cluster.isPrimary) {
        const workers = [cluster.fork(), cluster.fork()];
        let listening = 0;
        cluster.on('listening', async (worker, { port }) => {
          if (++listening < 2) return;
          const served = [];
          for (let i = 0; i < 4; i++) served.push(await get({ port, host: '127.0.0.1' }));
          for (const { id } of workers) console.log(id, served.filter((each) => each === String(id)).length);
          for (const each of workers) each.disconnect();
        });
        cluster.on('exit', (worker, code) => console.log('exit', code));
      } else http.createServer((req, res) => res.end(String(cluster.worker.id))).listen(0, '127.0.0.1');`;
    expect(await project.both(text)).toBe('1 2\n2 2\nexit 0\nexit 0');
  });

  it('shared: the system hands out the connections', async () => {
    const text = `${get}
      const cluster = require('cluster');
      cluster.schedulingPolicy = cluster.SCHED_NONE;
      if (cluster.isPrimary) {
        const workers = [cluster.fork(), cluster.fork()];
        let listening = 0;
        cluster.on('listening', async (worker, { port }) => {
          if (++listening < 2) return;
          for (let i = 0; i < 4; i++) console.log(['1', '2'].includes(await get({ port, host: '127.0.0.1' })));
          for (const each of workers) each.disconnect();
        });
        cluster.on('exit', (worker, code) => console.log('exit', code));
      } else http.createServer((req, res) => res.end(String(cluster.worker.id))).listen(0, '127.0.0.1');`;
    expect(await project.both(text)).toBe('true\ntrue\ntrue\ntrue\nexit 0\nexit 0');
  });

  it('exclusive: each worker has a port of its own', async () => {
    const text = `${get}
      const cluster = require('cluster');
      if (cluster.isPrimary) {
        const workers = [cluster.fork(), cluster.fork()];
        const ports = [];
        const asked = (worker, port) => {
          ports.push([worker.id, port]);
          if (ports.length === 2) all();
        };
        for (const each of workers) each.on('message', (port) => asked(each, port));
        const all = async () => {
          console.log(new Set(ports.map(([, port]) => port)).size);
          for (const [id, port] of ports) console.log(await get({ port, host: '127.0.0.1' }) === String(id));
          for (const each of workers) each.disconnect();
        };
      } else {
        const server = http.createServer((req, res) => res.end(String(cluster.worker.id)));
        server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => process.send(server.address().port));
        process.on('disconnect', () => server.close());
      }`;
    expect(await project.both(text)).toBe('2\ntrue\ntrue');
  });
});

describe('listen()', () => {
  it('on the file descriptor of a socket that was passed on, as a service manager does; then close()', async () => {
    project.write({
      'activated.cjs': `
        const http = require('http');
        const server = http.createServer((req, res) => {
          res.end('activated ' + process.env.LISTEN_FDS);
          server.close(() => console.log('closed'));
        });
        server.on('error', (error) => console.log(error.code));
        server.listen({ fd: 3 }, () => console.log('listening', typeof server.address().port));`,
    });
    const text = `${get}
      const { spawn } = require('child_process');
      const holder = require('net').createServer().listen(0, '127.0.0.1', async () => {
        const env = { ...process.env, LISTEN_FDS: '1' };
        const stdio = ['ignore', 'pipe', 'inherit', holder._handle.fd];
        const child = spawn(process.execPath, [...process.execArgv, 'activated.cjs'], { stdio, env });
        const { port } = holder.address();
        let printed = '';
        child.stdout.setEncoding('utf8').on('data', (part) => { printed += part; });
        child.stdout.once('data', async () => {
          holder.close();
          console.log(await get({ port, host: '127.0.0.1' }));
        });
        child.on('close', (code) => console.log(printed.trim(), code));
      });`;
    expect(await project.both(text)).toContain('activated 1\nlistening number\nclosed 0');
  });

  it('on a path: a unix socket', async () => {
    const text = `${get}
      const { existsSync } = require('fs');
      const path = ${unix('listen')};
      const server = http.createServer((req, res) => {
        console.log(req.headers.host.replace(path, '<path>'), req.socket.remoteAddress, req.socket.remotePort);
        res.end('by path');
      });
      server.listen(path, async () => {
        console.log(server.address() === path, await get({ socketPath: path }));
        await new Promise((resolve) => http.get({ socketPath: path, headers: { host: path } }, (response) => response.resume().on('end', resolve)));
        server.close(() => console.log('closed', existsSync(path)));
      });
      server.on('clientError', (error) => console.log(error.code));`;
    expect(await project.both(text)).toBe(
      'localhost undefined undefined\ntrue by path\n<path> undefined undefined\nclosed false',
    );
  });

  // Containers without IPv6 have no such address.
  const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  it.runIf(hasIPv6)('over IPv6', async () => {
    const text = `${get}
      const server = http.createServer((req, res) => {
        console.log(req.headers.host.replace(/\\d+$/, 'port'), req.socket.remoteFamily, req.socket.remoteAddress);
        res.end('six');
      });
      server.listen(0, '::1', async () => {
        const { port, family } = server.address();
        console.log(family, await get({ host: '::1', port }), await get({ hostname: '::1', port }));
        server.close(() => console.log('closed'));
      });`;
    expect(await project.both(text)).toContain('[::1]:port IPv6 ::1');
  });
});

describe('child_process', () => {
  /** A child gets the server that `made` makes, and serves with it. */
  const passesOn = (made: string) => async () => {
    project.write({
      'taker.cjs': `
        process.once('message', (text, handle) => {
          const server = require('http').createServer((req, res) => {
            res.end('by the child');
            server.close();
            process.disconnect();
          });
          server.listen(handle, () => process.send('listening'));
        });`,
    });
    const text = `${get}
      const child = require('child_process').fork('taker.cjs');
      const server = ${made}.listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        child.send('server', server);
        child.on('message', async () => {
          server.close();
          console.log(await get({ port, host: '127.0.0.1' }));
        });
        child.on('exit', (code) => console.log('exit', code));
      });`;
    expect(await project.both(text)).toBe('by the child\nexit 0');
  };

  it('passes a server on', passesOn("require('net').createServer()"));

  it('passes an http server on', passesOn("http.createServer((req, res) => res.end('by the parent'))"));

  it('passes a connection on', async () => {
    project.write({
      'receiver.cjs': `
        const server = require('http').createServer((req, res) => res.end('by the child, ' + req.url));
        process.once('message', (text, socket) => {
          server.emit('connection', socket);
          socket.on('close', () => process.disconnect());
          socket.resume();
        });`,
    });
    const text = `${get}
      const child = require('child_process').fork('receiver.cjs');
      const server = require('net').createServer({ pauseOnConnect: true }, (socket) => child.send('socket', socket));
      server.listen(0, '127.0.0.1', async () => {
        console.log(await get({ port: server.address().port, host: '127.0.0.1', path: '/a' }));
        server.close();
      });
      child.on('exit', (code) => console.log('exit', code));`;
    expect(await project.both(text)).toBe('by the child, /a\nexit 0');
  });
});

describe('context', () => {
  it('domains: of a server, of a request and of a response', async () => {
    const text = `${get}
      const domain = require('domain');
      const outer = domain.create();
      outer.on('error', (error) => console.log('server', error.message, process.domain === outer));
      outer.run(() => {
        const server = http.createServer((req, res) => {
          const inner = domain.create();
          inner.add(req);
          inner.add(res);
          inner.on('error', (error) => {
            console.log('request', error.message);
            res.statusCode = 500;
            res.end('failed');
          });
          if (req.url === '/inner') inner.run(() => setImmediate(() => { throw new Error('inner'); }));
          else if (req.url === '/listener') req.on('end', () => { throw new Error('listener'); }).resume();
          else if (req.url === '/emit') res.emit('error', new Error('emitted'));
          else {
            res.end('ok');
            throw new Error('outer');
          }
        });
        server.listen(0, '127.0.0.1', async () => {
          const to = (path) => get({ port: server.address().port, host: '127.0.0.1', path });
          for (const path of ['/inner', '/listener', '/emit', '/outer']) console.log(await to(path));
          const client = domain.create();
          client.on('error', (error) => {
            console.log('client', error.code);
            server.close();
          });
          client.run(() => http.get({ port: 1, host: '127.0.0.1' }));
        });
      });`;
    expect(await project.both(text)).toContain('request inner\nfailed\nrequest listener');
  });

  it('domains: what a callback or listener throws that has entered one', async () => {
    const text = `${get}
      const domain = require('domain');
      const outer = domain.create();
      outer.on('error', ({ message }) => console.log('outer', message));
      outer.run(() => {
        const server = http.createServer((req, res) => {
          const inner = domain.create();
          inner.on('error', ({ message }) => console.log('inner', message, res.end() === res));
          const fails = inner.bind(() => { throw new Error(req.url); });
          if (req.url === '/write') res.write('x', fails);
          else if (req.url === '/end') res.end('x', fails);
          else if (req.url === '/entered') res.end('x', () => inner.run(() => { throw new Error('entered'); }));
          else if (req.url === '/plain') res.end('x', () => { throw new Error('plain'); });
          else if (req.url === '/inform') res.writeContinue(fails);
          else if (req.url === '/request') req.on('end', fails).resume();
          else res.on(req.url.slice(1), fails).end('x');
        });
        server.listen(0, '127.0.0.1', async () => {
          const to = (path) => get({ port: server.address().port, host: '127.0.0.1', path });
          for (const path of ['/write', '/end', '/entered', '/plain', '/inform', '/request', '/finish', '/close']) console.log(await to(path));
          server.close();
        });
      });`;
    expect(await project.both(text)).toContain('inner /write true');
  });

  // Listeners of 'finish' and 'close' run in another context: row async-context.
  it('AsyncLocalStorage and executionAsyncId', async () => {
    const text = `${get}
      const { AsyncLocalStorage, AsyncResource, executionAsyncId } = require('async_hooks');
      const storage = new AsyncLocalStorage();
      let count = 0;
      const server = http.createServer((req, res) => storage.run(++count, () => {
        req.on('end', () => console.log('end', storage.getStore(), executionAsyncId() > 0)).resume();
        setTimeout(() => res.end('of ' + storage.getStore()), 1);
      }));
      server.listen(0, '127.0.0.1', async () => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const to = (store) => storage.run(store, () => get({ agent, port: server.address().port, host: '127.0.0.1' }).then((text) => [text, storage.getStore()]));
        console.log(...(await Promise.all([to('a'), to('b')])));
        agent.destroy();
        server.close();
      });`;
    expect(await project.both(text)).toContain("[ 'of 1', 'a' ] [ 'of 2', 'b' ]");
  });

  it('async_hooks: init, before and after are paired', async () => {
    const text = `${get}
      const { createHook } = require('async_hooks');
      const depths = new Map();
      let odd = 0;
      const change = (by) => (id) => {
        depths.set(id, (depths.get(id) ?? 0) + by);
        if (depths.get(id) < 0) odd++;
      };
      createHook({ init() {}, before: change(1), after: change(-1) }).enable();
      const server = http.createServer((req, res) => res.end('ok')).listen(0, '127.0.0.1', async () => {
        console.log(await get({ port: server.address().port, host: '127.0.0.1' }));
        server.close(() => setImmediate(() => console.log(odd)));
      });`;
    expect(await project.both(text)).toBe('ok\n0');
  });
});

describe('flags and environment', () => {
  const limited = `${get}
    console.log(http.maxHeaderSize);
    const server = http.createServer((req, res) => res.end('ok')).listen(0, '127.0.0.1', async () => {
      const request = http.get({ port: server.address().port, host: '127.0.0.1', headers: { a: 'b'.repeat(5000) } });
      request.on('response', (response) => response.resume().on('end', () => {
        console.log(response.statusCode);
        server.close();
      }));
    });`;
  it.each([
    ['--max-http-header-size', ['--max-http-header-size=4000'], '4000\n431'],
    ['--max-http-header-size, by NODE_OPTIONS', [], '4000\n431'],
    ['none', [], '16384\n200'],
  ])('%s', async (name, flags, expected) => {
    const env = name.includes('NODE_OPTIONS') ? { NODE_OPTIONS: '--max-http-header-size=4000' } : {};
    expect(await project.both(limited, { flags, env })).toBe(expected);
  });

  const withoutProcess = (text: string) => text.replaceAll(/\(node:\d+\)/g, '');
  const strict = `
    const server = require('http').createServer((req, res) => res.end('ok'));
    server.listen(0, '127.0.0.1', () => {
      const socket = require('net').connect(server.address().port, '127.0.0.1');
      socket.end('GET / HTTP/1.1\\r\\nHost: a\\r\\nA: \\x01\\r\\nConnection: close\\r\\n\\r\\n');
      socket.setEncoding('latin1').once('data', (text) => console.log(text.split('\\r\\n')[0]));
      socket.on('close', () => server.close());
    });`;
  it.each([
    ['--insecure-http-parser', ['--insecure-http-parser'], 'HTTP/1.1 200 OK'],
    ['--insecure_http_parser', ['--insecure_http_parser'], 'HTTP/1.1 200 OK'],
    ['taken back', ['--insecure-http-parser', '--no-insecure-http-parser'], 'HTTP/1.1 400 Bad Request'],
    ['without --insecure-http-parser', [], 'HTTP/1.1 400 Bad Request'],
  ])('%s', async (_, flags, expected) => {
    project.write({ 'strict.cjs': strict });
    const [host, ours] = await Promise.all([
      project.run('strict.cjs', { flags }),
      project.run('strict.cjs', { flags: [...registered, ...flags] }),
    ]);
    expect([host.stdout, ours.stdout]).toEqual([`${expected}\n`, `${expected}\n`]);
    expect(withoutProcess(ours.stderr)).toBe(withoutProcess(host.stderr));
  });

  it('NODE_DEBUG=http', async () => {
    const text = `
      const server = require('http').createServer((req, res) => res.end('ok')).listen(0, '127.0.0.1', () => {
        require('http').get({ port: server.address().port, agent: false }, (response) => response.resume().on('end', () => server.close()));
      });`;
    project.write({ 'debug.cjs': text });
    const { code, stderr } = await project.run('debug.cjs', { flags: registered, env: { NODE_DEBUG: 'http' } });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^HTTP \d+: connection \d+ \| wire\.head GET \/ /m);
  });

  const proxied = `
    const http = require('http');
    http.get('http://a.test/b?c', (response) => {
      console.log(response.headers.target);
      response.resume().on('end', () => process.disconnect());
    });`;
  it.each([
    ['1', 'http://a.test/b?c'],
    ['', undefined],
  ])('NODE_USE_ENV_PROXY=%s', async (value, expected) => {
    project.write({ 'proxied.cjs': proxied });
    const text = `
      const proxy = require('http').createServer((req, res) => res.setHeader('target', req.url).end());
      proxy.listen(0, '127.0.0.1', () => {
        const env = { ...process.env, NODE_USE_ENV_PROXY: '${value}', HTTP_PROXY: 'http://127.0.0.1:' + proxy.address().port };
        require('child_process').fork('proxied.cjs', { env, silent: true })
          .on('exit', (code) => proxy.close(() => console.log('exit', code === 0)))
          .stdout.on('data', (data) => process.stdout.write(data));
      });`;
    const printed = expected === undefined ? 'exit false' : `${expected}\nexit true`;
    expect(await project.printed(text)).toBe(printed);
    // Before Node 24, http ignores the variable (row proxies).
    if (HOST >= 24 || expected === undefined) expect(await project.both(text)).toBe(printed);
  });

  it('--enable-source-maps: the program’s own frames are the same', async () => {
    const text = `${get}
      const server = http.createServer((req, res) => {
        res.end(new Error('here').stack.split('\\n').filter((line) => line.includes(__filename)).join('\\n'));
      });
      server.listen(0, '127.0.0.1', async () => {
        console.log(await get({ port: server.address().port, host: '127.0.0.1' }));
        server.close();
      });`;
    expect(await project.both(text, { flags: ['--enable-source-maps'] })).toMatch(/program\.cjs:\d+/);
  });

  it('--enable-source-maps: an uncaught error of a handler', async () => {
    const text = `
      const http = require('http');
      process.once('uncaughtException', (error) => {
        console.log(error.message, error.stack.includes(__filename));
        process.exit();
      });
      const server = http.createServer(() => { throw new Error('thrown'); });
      server.listen(0, '127.0.0.1', () => http.get({ port: server.address().port }));`;
    expect(await project.both(text, { flags: ['--enable-source-maps'] })).toBe('thrown true');
  });
});
