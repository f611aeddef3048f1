/** The channels that Node's http publishes on (documented in `node:diagnostics_channel`, "HTTP"), and ours. */
import { channel } from 'node:diagnostics_channel';

export const requestStart = channel('http.server.request.start');
export const responseCreated = channel('http.server.response.created');
export const responseFinish = channel('http.server.response.finish');
export const clientRequestStart = channel('http.client.request.start');
export const clientRequestCreated = channel('http.client.request.created');
export const clientRequestError = channel('http.client.request.error');
export const clientResponseFinish = channel('http.client.response.finish');
/** Ours: how an exchange has ended (docs/endings.md). */
export const exchangeEnd = channel('statewire:exchange.end');
