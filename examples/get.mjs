/**
 * Gets a page and prints it:
 *
 *   node examples/get.mjs http://127.0.0.1:8080/
 */
import { clientFor, fail, print, readArguments, readUrl, responseTo } from './terminal.mjs';

const help = `Usage: node examples/get.mjs [--head] url

Gets the resource at the URL and prints it.

  --head    also print the status and the headers
  --help    print this help`;

function printHead({ httpVersion, statusCode, statusMessage, rawHeaders }) {
  console.log(`HTTP/${httpVersion} ${statusCode} ${statusMessage}`);
  for (let i = 0; i < rawHeaders.length; i += 2) console.log(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  console.log();
}

const { head, positionals } = readArguments(help, { head: { type: 'boolean' } }, [1, 1]);
const url = readUrl(positionals[0]);
const client = await clientFor(url);

try {
  const response = await responseTo(client.get(url));
  if (head) printHead(response);
  await print(response);
} catch (error) {
  fail(error, url);
}
