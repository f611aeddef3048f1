/** The messages that peers send. */
export const lines = (...all: readonly string[]): string => [...all, '', ''].join('\r\n');

/** The end of a complete head. */
export const HEAD_END = '\r\n\r\n';

// ---- requests --------------------------------------------------------------------------------------------------------

export const head = (line: string, ...fields: readonly string[]): string =>
  lines(`${line} HTTP/1.1`, 'Host: a', ...fields);
export const get = (path: string, ...fields: readonly string[]): string => head(`GET ${path}`, ...fields);

export const UPGRADE = ['Connection: Upgrade', 'Upgrade: other'];
export const GARBAGE = 'no HTTP at all\r\n\r\n';

// ---- responses -------------------------------------------------------------------------------------------------------

/** A complete response, one after which the connection may be kept, and half of one. */
export const WHOLE = `${lines('HTTP/1.1 200 OK', 'Connection: close', 'Content-Length: 5')}hello`;
export const KEPT = `${lines('HTTP/1.1 200 OK', 'Content-Length: 5')}hello`;
export const HALF = `${lines('HTTP/1.1 200 OK', 'Content-Length: 10')}hello`;

export const SWITCHED = lines('HTTP/1.1 101 Switching Protocols', ...UPGRADE);
