/**
 * Handlers of Express, Fastify and Koa, walked by `everyFault()`: some with a planted defect, some without. node:http is statewire.
 * `node --import ../../dist/register.mjs faults.mjs [name]` prints a line of JSON for each.
 */
import { EventEmitter } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { everyFault, read, send } from '../../dist/testing.mjs';

// Express prints errors elsewhere.
process.env.NODE_ENV = 'test';
const file = new URL(import.meta.url);
const bus = new EventEmitter().setMaxListeners(0);
const get = [send('GET /a HTTP/1.1\r\nHost: a\r\n\r\n'), read()];
const post = [
  send('POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n'),
  send('12345'),
  send('67890'),
  read(),
];

const ofExpress = (build) => () => {
  const app = express();
  app.disable('x-powered-by');
  build(app);
  return app;
};

const ofFastify = (build) => () => {
  const app = fastify();
  build(app);
  return app;
};

const ofKoa = (handle) => () => {
  const app = new Koa();
  app.silent = true;
  app.use(handle);
  return app;
};

export const programs = {
  'express: a bus is listened to for ever': {
    script: get,
    finds: ['leak', /EventEmitter 'news'/],
    server: ofExpress((app) => {
      app.get('/a', async (_req, res) => {
        const onNews = (news) => res.write(news);
        bus.on('news', onNews);
        await sleep(1000);
        if (!res.destroyed) res.end(() => bus.off('news', onNews));
      });
    }),
  },
  'express: a timeout and the handler respond': {
    script: get,
    finds: ['twice', /after the head was sent/],
    server: ofExpress((app) => {
      app.use((_req, res, next) => {
        setTimeout(() => res.headersSent || res.status(503).send('late'), 100);
        next();
      });
      app.get('/a', async (_req, res) => {
        await sleep(200);
        try {
          res.json({ ok: true });
        } catch {
          // It is logged, perhaps.
        }
      });
    }),
  },
  'express: nobody responds after an abort': {
    script: post,
    finds: ['leak', /never settles|goes on/],
    server: ofExpress((app) => {
      app.post('/a', (req, res) => {
        const timer = setInterval(() => {}, 1000);
        req.resume().on('end', () => {
          clearInterval(timer);
          res.send('ok');
        });
      });
    }),
  },
  'express: fine': {
    script: post,
    server: ofExpress((app) => {
      app.use(express.text());
      app.post('/a', async (req, res) => {
        await sleep(50);
        res.json({ length: req.body.length });
      });
    }),
  },
  'fastify: a file is piped, and not closed': {
    script: get,
    finds: ['leak', /descriptor/],
    server: ofFastify((app) => {
      app.get('/a', (_req, reply) => {
        reply.hijack();
        createReadStream(file).pipe(reply.raw);
      });
    }),
  },
  'fastify: a stream of events goes on': {
    script: get,
    finds: ['late', /again and again/],
    server: ofFastify((app) => {
      app.get('/a', async (_req, reply) => {
        reply.hijack();
        for (let count = 0; count < 20; count++) {
          reply.raw.write(`data: ${count}\n\n`);
          await sleep(500);
        }
        reply.raw.end();
      });
    }),
  },
  'fastify: a request is never responded to': {
    script: get,
    finds: ['hang', /waits for you to respond/],
    server: ofFastify((app) => {
      let count = 0;
      app.get('/a', (_req, reply) => {
        if (++count < 3) reply.send('ok');
      });
    }),
  },
  'fastify: fine': {
    script: post,
    server: ofFastify((app) => {
      app.post('/a', async (req) => {
        await sleep(50);
        return { length: req.body.length };
      });
    }),
  },
  'koa: an exception when the client has left': {
    script: post,
    finds: ['crash', /unhandled rejection/],
    server: ofKoa(async (context) => {
      const saved = (async () => {
        for await (const _ of context.req);
      })();
      context.respond = true;
      await sleep(10);
      if (context.req.destroyed) return;
      await saved;
      context.body = 'ok';
    }),
  },
  'koa: a body is awaited for ever': {
    script: post,
    finds: ['leak', /promise of the handler of POST \/a never settles/],
    server: ofKoa(async (context) => {
      await new Promise((resolve) => context.req.resume().on('end', resolve));
      context.body = 'ok';
    }),
  },
  'koa: a wrong length': {
    script: get,
    finds: ['bytes', /Content-Length of 10, and 2 bytes/],
    server: ofKoa((context) => {
      context.respond = false;
      context.res.writeHead(200, { 'Content-Length': 10 });
      context.res.end('ok');
    }),
  },
  'koa: fine': {
    script: get,
    server: ofKoa(async (context) => {
      context.respond = false;
      context.status = 200;
      await pipeline(createReadStream(file), context.res).catch(() => {});
    }),
  },
};

const [only] = process.argv.slice(2);
for (const [name, { script, finds, server }] of Object.entries(programs)) {
  if (only !== undefined && only !== name) continue;
  const report = await everyFault({ server, script, limit: { runs: 40 } });
  const found = report.findings.map(({ verdict, text, script: steps }) => ({ verdict, text, steps: steps.length }));
  const isFound = finds && found.some(({ verdict, text }) => verdict === finds[0] && finds[1].test(text));
  console.log(JSON.stringify({ name, expected: finds?.map(String), isFound, found, undecided: report.undecided }));
}
process.exit();
