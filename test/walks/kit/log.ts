/** The predicted part of a log: the emitted events in their order, the name of each error, and the content of each body. */
import { quote } from '../../conversations/kit/log.js';

/** Separates the name and the text of a part of a body, until the parts are joined. */
export const DATA = '\0';

/** Converts predicted lines to those of a log: adjacent parts of a body become one line. */
export function logOf(lines: readonly string[]): string[] {
  const log: string[] = [];
  let open = '';
  let text = '';
  const close = () => {
    if (open !== '') log.push(`${open} bytes ${quote(text)}`);
    open = '';
    text = '';
  };
  for (const line of lines) {
    const at = line.indexOf(DATA);
    const name = at < 0 ? '' : line.slice(0, at);
    if (name !== open) close();
    open = name;
    if (at < 0) log.push(line);
    else text += line.slice(at + 1);
  }
  close();
  return log;
}

/** `req1.error ECONNRESET` of `req1.error Error ECONNRESET "socket hang up"`. */
export function shorten(line: string): string {
  const [first = '', second = ''] = line.split(' ');
  if (first === '>') return line.includes(' throws ') ? `> ${second} throws ${errorOf(line)}` : `> ${second}`;
  if (first.endsWith('.data')) return line;
  if (first.endsWith('.error') || first === 'server.clientError') return `${first} ${errorOf(line)}`;
  return NAMING.test(first) ? `${first} ${second}` : first;
}

const NAMING = /^(req\d+\.(socket|response|upgrade|connect)|agent\.free)$/;

const CODE = /\b(E[A-Z_]{3,}|ERR_\w+|HPE_\w+)\b/;
const MESSAGE = /"[^"]*"/;

/** The code of an error, or its message if it has none. */
function errorOf(line: string): string {
  return CODE.exec(line)?.[0] ?? MESSAGE.exec(line)?.[0] ?? '';
}
