/** The places of the sentences that demand an order. */
const NODE = 'https://nodejs.org/docs/latest-v20.x/api/http.html';
const RFC = 'https://www.rfc-editor.org/rfc';

/** The sections of Node's documentation, by the beginning of a scenario's source. */
const SECTIONS: readonly (readonly [beginning: string, anchor: string])[] = [
  ['http.request()', 'httprequestoptions-callback'],
  ['http.ClientRequest', 'class-httpclientrequest'],
  ["Event: 'finish' (ClientRequest)", 'event-finish'],
  ["Event: 'continue'", 'event-continue'],
  ["Event: 'information'", 'event-information'],
  ["Event: 'upgrade' (ClientRequest)", 'event-upgrade'],
  ["Event: 'connect' (ClientRequest)", 'event-connect'],
  ["Event: 'finish', Event: 'close' (ServerResponse)", 'event-finish_1'],
  ["Event: 'close' (ServerResponse)", 'event-close_2'],
  ["Event: 'checkContinue'", 'event-checkcontinue'],
  ["Event: 'checkExpectation'", 'event-checkexpectation'],
  ["Event: 'upgrade' (Server)", 'event-upgrade_1'],
  ["Event: 'connect' (Server)", 'event-connect_1'],
  ["Event: 'clientError'", 'event-clienterror'],
  ["Event: 'aborted'", 'event-aborted'],
];

/** A scenario's source with links. */
export function sourceText(source: string): string {
  return source.split('; ').map(linkTo).join(' and ');
}

function linkTo(source: string): string {
  const [, rfc, section] = /^RFC (\d+) §([\d.]+)$/.exec(source) ?? [];
  if (rfc !== undefined) return `[${source}](${RFC}/rfc${rfc}.html#section-${section})`;
  const found = SECTIONS.find(([beginning]) => source.startsWith(beginning));
  if (found === undefined) throw new Error(`Where is ‘${source}’?`);
  return `Node’s documentation, [${source}](${NODE}#${found[1]})`;
}
