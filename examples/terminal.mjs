/** Shared by the client examples: arguments, error messages, and printing of responses. */
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

/** Exit codes: 0 for a status below 400, 1 for other statuses and failures, 2 for wrong usage. */
const FAILED = 1;
const MISUSED = 2;

function exit(message, code) {
  console.error(message);
  process.exit(code);
}

/**
 * The arguments of the command line. With `--help`, prints the help and ends the process.
 * @param {object} options the options of `util.parseArgs`
 * @param {[least: number, most: number]} counts the number of arguments that aren't options
 */
export function readArguments(help, options, [least, most]) {
  try {
    const { values, positionals } = parseArgs({
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (values.help) {
      console.log(help);
      process.exit();
    }
    if (positionals.length < least) throw new Error('Missing argument');
    if (positionals.length > most) throw new Error(`Unexpected argument: ${positionals[most]}`);
    return { ...values, positionals };
  } catch (error) {
    return exit(`${error.message}\n\n${help}`, MISUSED);
  }
}

export function readUrl(text) {
  if (!URL.canParse(text)) exit(`'${text}' is not a URL. An example is http://127.0.0.1:8080/`, MISUSED);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) exit(`Only http: and https: are supported, not ${url.protocol}`, MISUSED);
  return url;
}

/** The module for the URL. That for TLS is loaded only if it is needed. */
export async function clientFor({ protocol }) {
  const { default: client } = await (protocol === 'https:' ? import('statewire/https') : import('statewire'));
  return client;
}

/** Why there is no response, or only part of one. */
function explain(error, { host, hostname }) {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `No server listens at ${host}. Is it running, and is the port right?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host ${hostname} does not exist, or there is no network.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `${host} can't be reached.`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${host} closed the connection too early.`;
    case 'ENOENT':
      return `File not found: ${error.path}`;
    default:
      return error.message;
  }
}

export function fail(error, url) {
  exit(explain(error, url), FAILED);
}

/** @returns {Promise<import('statewire').IncomingMessage>} rejects when the request fails */
export async function responseTo(request) {
  const [response] = await once(request, 'response');
  return response;
}

/** Prints the body of a response while it arrives, and then its status if that is an error. */
export async function print(response) {
  await pipeline(response, process.stdout, { end: false });
  if (response.statusCode < 400) return;
  console.error(`The server responded with ${response.statusCode} ${response.statusMessage}`);
  process.exitCode = FAILED;
}
