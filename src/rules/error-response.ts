/** The response to a refused peer if 'clientError' has no listener, or to one that a server won't serve any more. Source: Node's documentation of 'clientError'. */
import { STATUS_CODES } from './status.js';

const statuses: ReadonlyMap<string, number> = new Map([
  // RFC 6585 §5
  ['HPE_HEADER_OVERFLOW', 431],
  // RFC 9110 §15.5.14
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  // RFC 9110 §15.5.9
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  // RFC 9110 §15.6.4
  ['ERR_SERVER_NOT_RUNNING', 503],
]);

/** By status. Made at load, since programs may change the reason phrases. */
const responses: ReadonlyMap<number, string> = new Map(
  [400, 408, 413, 431, 503].map((status) => [
    status,
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`,
  ]),
);

/** @param code the code of the error that is the reason */
export const errorStatus = (code: string | undefined): number => statuses.get(code ?? '') ?? 400;

/** @param code the code of the error that is the reason */
export function errorResponse(code: string | undefined): string {
  return responses.get(errorStatus(code)) as string;
}
