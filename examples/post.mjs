/**
 * Posts a text and prints the response:
 *
 *   node examples/post.mjs http://127.0.0.1:8080/echo 'An echo, an echo.'
 *   node examples/post.mjs --type application/json http://127.0.0.1:8080/echo '{ "echo": true }'
 */
import { clientFor, fail, print, readArguments, readUrl, responseTo } from './terminal.mjs';

const help = `Usage: node examples/post.mjs [--type t] url text

Posts the text and prints the response.

  --type t    the Content-Type of the text (text/plain; charset=utf-8)
  --help      print this help`;

const options = { type: { type: 'string', default: 'text/plain; charset=utf-8' } };
const { type, positionals } = readArguments(help, options, [2, 2]);
const url = readUrl(positionals[0]);
const client = await clientFor(url);

try {
  const request = client.request(url, { method: 'POST', headers: { 'Content-Type': type } });
  // With the whole body in `end()`, its Content-Length is sent.
  request.end(positionals[1]);
  await print(await responseTo(request));
} catch (error) {
  fail(error, url);
}
