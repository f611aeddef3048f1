/** What a peer that is refused is answered, when nobody listens to 'clientError'. Source: Node's document of it. */
import { STATUS_CODES } from './status.js';

const statuses: Readonly<Record<string, number>> = {
  // RFC 6585 §5
  HPE_HEADER_OVERFLOW: 431,
  // RFC 9110 §15.5.14
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  // RFC 9110 §15.5.9
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** @param code of the error that the peer caused */
export function refusal(code: string | undefined): string {
  const status = statuses[code ?? ''] ?? 400;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`;
}
