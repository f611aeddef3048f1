/** The HTTPS modules that conversations compare, each with the classes of the HTTP module beside it. */
import * as hostHttp from 'node:http';
import * as host from 'node:https';
import ownHttps from '../../../src/https.js';
import type { ClientHttp } from './client-conversation.js';
import { subject } from './compare.js';
import type { Http } from './run.js';

/** The part of an HTTPS module that conversations need. */
function over(http: unknown, https: unknown): Http & ClientHttp {
  const { ClientRequest: theClass, IncomingMessage, ServerResponse } = http as typeof hostHttp;
  const { Agent, createServer, globalAgent, request, get } = https as typeof host;
  const ClientRequest = new Proxy(theClass, { construct: (_, args) => Reflect.apply(request, https, args) });
  return { Agent, ClientRequest, createServer, get, globalAgent, IncomingMessage, request, ServerResponse } as never;
}

export const theirs = over(hostHttp, host);
export const ours = subject && over(subject, ownHttps);

// The certificate is not what these compare.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
