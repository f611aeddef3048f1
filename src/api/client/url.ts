import { pathOf, textOf, wordOf } from '../compat/describe.js';

/** The members of a request that say where it goes. */
export interface Printed {
  readonly method: string;
  readonly host: string;
  readonly protocol: string;
  readonly _path: string;
  /** Undefined if another constructor has set up the request. */
  readonly _options: { readonly port?: number | string | null | undefined };
}

const standardPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** `GET http://example.org:8080/a`; '' before the request is set up. */
export function urlOf({ method, host, protocol, _path, _options }: Printed): string {
  if (!method) return '';
  // Asked of a proxy, or of the server itself: the target says where it is.
  if (!textOf(_path).startsWith('/')) return `${wordOf(method)} ${pathOf(_path)}`;
  const port = textOf(_options?.port);
  const plain = textOf(host);
  const name = plain.includes(':') ? `[${plain}]` : plain;
  const where = port === '' || Number(port) === standardPorts[textOf(protocol)] ? name : `${name}:${port}`;
  return `${wordOf(method)} ${wordOf(protocol)}//${pathOf(where)}${pathOf(_path)}`;
}
