/** supertest: an application, a server, an agent with cookies, expectations that fail. */
import http from 'node:http';
import express from 'express';
import supertest from 'supertest';
import { brief, bytes, collect, log } from '../kit.mjs';

const app = express();
app.get('/json', (req, res) => res.json({ a: req.query.a }));
app.get('/login', (_req, res) => res.cookie('user', 'a').send('in'));
app.get('/me', (req, res) => res.send(req.headers.cookie ?? 'nobody'));
app.post('/sum', async (req, res) => res.send(brief(await collect(req))));
app.get('/fails', () => {
  throw new Error('no');
});
app.set('env', 'test');

const failure = (error) => log('failed', error.message.split('\n')[0]);
for (const target of [app, http.createServer(app), (req, res) => app(req, res)]) {
  const { status, body } = await supertest(target)
    .get('/json?a=b')
    .expect('Content-Type', /json/)
    .expect(200, { a: 'b' });
  log(status, body);
  await supertest(target).get('/json').expect(404).catch(failure);
  await supertest(target).get('/json').expect('X-None', 'a').catch(failure);
  await supertest(target).get('/fails').expect(500);
  log((await supertest(target).post('/sum').send(bytes(100_000).toString('hex'))).text);
  log((await supertest(target).post('/sum').attach('file', bytes(2000), 'name').expect(200)).status);
  const agent = supertest.agent(target);
  await agent.get('/login');
  log((await agent.get('/me')).text);
}
const server = http.createServer(app).listen(0);
log((await supertest(server).get('/json?a=1')).body, server.listening);
await new Promise((resolve) => server.close(resolve));
log('closed');
