/** Nest with its Express adapter: a controller in plain JavaScript, a file, an exception, close(). */
import 'reflect-metadata';
import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpException, Module, Param, Post, Query, Req, StreamableFile } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { brief, bytes, collect, log, raw, show } from '../kit.mjs';

class Site {
  hello() {
    return { hello: 'world' };
  }
  find(id, query) {
    return { id, query };
  }
  file() {
    return new StreamableFile(Readable.from([bytes(100_000)]), { type: 'image/png', disposition: 'inline' });
  }
  fails() {
    throw new HttpException('no', 418);
  }
  add(body) {
    return { added: body };
  }
  async sum(request) {
    return brief(await collect(request));
  }
}

/** What decorators do. */
function route(name, decorator, ...parameters) {
  decorator(Site.prototype, name, Object.getOwnPropertyDescriptor(Site.prototype, name));
  for (const [at, parameter] of parameters.entries()) parameter(Site.prototype, name, at);
}
route('hello', Get('/'));
route('find', Get('find/:id'), Param('id'), Query());
route('file', Get('file'));
route('fails', Get('fails'));
route('add', Post('add'), Body());
route('sum', Post('sum'), Req());
Controller()(Site);
class Root {
  onModuleDestroy() {
    log('destroyed');
  }
}
Module({ controllers: [Site] })(Root);

const app = await NestFactory.create(Root, { logger: false, forceCloseConnections: true });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
await show(`${url}/`);
await show(`${url}/find/7?a=b`);
await show(`${url}/file`);
await show(`${url}/fails`);
await show(`${url}/nothing`);
await show(`${url}/add`, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } });
await show(`${url}/add`, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } });
await show(`${url}/sum`, { method: 'POST', body: bytes(200_000) });
await raw(url, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
await app.close();
log('closed');
