/** The name under which an agent shares TLS connections. Source: the names that node:https makes. */
import type { ConnectionOptions } from '../agent/connectionOptions.js';

/** An option that counts unless it is undefined, or only if it is truthy. */
type Counts = 'given' | 'true';

/** The TLS options in which two requests must agree to share a connection, in their order. */
const fields: readonly (readonly [name: string, counts: Counts])[] = [
  ['ca', 'true'],
  ['cert', 'true'],
  ['clientCertEngine', 'true'],
  ['ciphers', 'true'],
  ['key', 'true'],
  ['pfx', 'true'],
  ['rejectUnauthorized', 'given'],
  ['servername', 'true'],
  ['minVersion', 'true'],
  ['maxVersion', 'true'],
  ['secureProtocol', 'true'],
  ['crl', 'true'],
  ['honorCipherOrder', 'given'],
  ['ecdhCurve', 'true'],
  ['dhparam', 'true'],
  ['secureOptions', 'given'],
  ['sessionIdContext', 'true'],
  ['sigalgs', 'true'],
  ['privateKeyIdentifier', 'true'],
  ['privateKeyEngine', 'true'],
];

type Given = ConnectionOptions & Readonly<Record<string, unknown>>;

/** @param name that of the TCP connection */
export function tlsNameOf(name: string, options: ConnectionOptions): string {
  let text = name;
  for (const [field, counts] of fields) {
    const value = (options as Given)[field];
    const isCounted = counts === 'given' ? value !== undefined : Boolean(value);
    text += isCounted ? `:${textOf(field, value, options as Given)}` : ':';
  }
  return text;
}

function textOf(field: string, value: unknown, options: Given): string {
  if (field === 'sigalgs') return JSON.stringify(value);
  if (field === 'servername') return value === options.host ? '' : `${value}`;
  if (field === 'pfx' && Array.isArray(value)) return value.map((each) => `:${bundleOf(each, options)}`).join('');
  return `${value}`;
}

interface Bundle {
  readonly buf?: unknown;
  readonly passphrase?: unknown;
}

function bundleOf(bundle: Bundle | null | undefined, { passphrase }: Given): string {
  return `${bundle?.buf || bundle}:${bundle?.passphrase || passphrase}`;
}
