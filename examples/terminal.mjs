/** What the examples of a client share: their arguments, their errors in words, and printing an answer. */
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

/** Exit codes: 0 for an answer below 400, 1 for any other answer and for none, 2 for a wrong call. */
const FAILED = 1;
const MISUSED = 2;

function exit(message, code) {
  console.error(message);
  process.exit(code);
}

/**
 * The arguments of the command line. Behind `--help` the help is printed, and the process ends.
 * @param {object} options as `util.parseArgs` takes them
 * @param {[least: number, most: number]} counts how many arguments there are beside the options
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
    if (positionals.length < least) throw new Error('An argument is missing.');
    if (positionals.length > most) throw new Error(`There is one argument too many: ${positionals[most]}`);
    return { ...values, positionals };
  } catch (error) {
    return exit(`${error.message}\n\n${help}`, MISUSED);
  }
}

export function readUrl(text) {
  if (!URL.canParse(text)) exit(`'${text}' is not a URL. One is http://127.0.0.1:8080/`, MISUSED);
  const url = new URL(text);
  if (url.protocol !== 'http:') exit(`Only http: is spoken here, not ${url.protocol}`, MISUSED);
  return url;
}

/** Why there is no answer, or not all of one. */
function explain(error, { host, hostname }) {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `No server listens at ${host}. Is it running, and is the port right?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `There is no host of the name ${hostname}, or no network to ask for it.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `${host} can't be reached.`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${host} closed the connection too early.`;
    case 'ENOENT':
      return `There is no file ${error.path}`;
    default:
      return error.message;
  }
}

export function fail(error, url) {
  exit(explain(error, url), FAILED);
}

/** @returns {Promise<import('statewire').IncomingMessage>} rejects when the request fails */
export async function answerTo(request) {
  const [answer] = await once(request, 'response');
  return answer;
}

/** Prints the content of an answer while it comes, and a status that says that something is wrong. */
export async function print(answer) {
  await pipeline(answer, process.stdout, { end: false });
  if (answer.statusCode < 400) return;
  console.error(`The server answered ${answer.statusCode} ${answer.statusMessage}`);
  process.exitCode = FAILED;
}
