/**
 * The clients. Each maker is given a scenario and its port, and returns `request(done, fail)`: it makes a request, and calls `done`
 * when the response is read to its end.
 */
import { createRequire } from 'node:module';
import { responseJson } from './scenarios.mjs';

const require = createRequire(import.meta.url);
const host = '127.0.0.1';
const path = '/';
const responseLength = Buffer.byteLength(responseJson);

/** Counts the bytes of a response. */
class Reading {
  constructor(done, fail) {
    this.length = 0;
    this.done = done;
    this.fail = fail;
  }

  add(chunk) {
    this.length += chunk.length;
  }

  end() {
    if (this.length === responseLength) this.done();
    else this.fail(new Error(`a response had ${this.length} bytes, not ${responseLength}`));
  }
}

function read(stream, done, fail) {
  const reading = new Reading(done, fail);
  stream.on('data', (chunk) => reading.add(chunk));
  stream.on('end', () => reading.end());
}

/** A module with the face of node:http. */
export function requestByHttp(http, { method, headers, body, inFlight, port }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: inFlight });
  return (done, fail) => {
    const request = http.request({ host, port, path, method, headers, agent }, (response) => {
      read(response, done, fail);
    });
    request.on('error', fail);
    request.end(body);
  };
}

/** As it's usually used. */
function requestByUndici({ method, headers, body, inFlight, port }) {
  const { Agent, request } = require('undici7');
  const dispatcher = new Agent({ connections: inFlight, pipelining: 1 });
  const url = `http://${host}:${port}${path}`;
  return (done, fail) => {
    request(url, { method, headers, body, dispatcher }).then((response) => read(response.body, done, fail), fail);
  };
}

function poolOf({ inFlight, port }) {
  const { Pool } = require('undici7');
  return new Pool(`http://${host}:${port}`, { connections: inFlight, pipelining: 1 });
}

/** undici at its best with a response as a stream: no URL to parse, no origin to look up, and `dump` in place of listeners. */
function requestByPool({ method, headers, body, ...scenario }) {
  const pool = poolOf(scenario);
  const options = { path, method, headers, body };
  return (done, fail) => {
    pool
      .request(options)
      .then((response) => response.body.dump())
      .then(done, fail);
  };
}

/** undici's handler of one exchange: no stream and no promise. */
class Exchange extends Reading {
  onConnect() {}

  onHeaders() {
    return true;
  }

  onData(chunk) {
    this.add(chunk);
    return true;
  }

  onComplete() {
    this.end();
  }

  onError(error) {
    this.fail(error);
  }
}

function requestByDispatch({ method, headers, body, ...scenario }) {
  const pool = poolOf(scenario);
  const options = { path, method, headers, body };
  return (done, fail) => {
    pool.dispatch(options, new Exchange(done, fail));
  };
}

/** Those that have a face of their own. */
export const clients = { undici: requestByUndici, pool: requestByPool, dispatch: requestByDispatch };
