/**
 * The words of a journal and their numbers. A file contains the lists, so that a reader of another version finds what it doesn't know.
 * Append only.
 */

/** The kinds of frames. A frame is a byte with its kind, and what {@link ../journal/frames.ts} says. */
export const OPEN = 1;
export const IN = 2;
export const FACT = 3;
export const CALL = 4;
export const LANDED = 5;
export const DEFERRED = 6;
export const OFFER = 7;
/** Another input: of io/record.ts. */
export const OTHER = 8;
export const MADE = 9;
export const POOL = 10;
export const STEP = 16;
export const ASK = 17;
export const DOOR = 18;
export const RETURN = 19;
export const WROTE = 20;
export const DATE = 21;
export const END = 24;
export const MARK = 25;
export const GAP = 26;
/** Bytes of the next frame of the line, if they are many. */
export const MORE = 27;
/** A checksum of the frames of a line since the last one: what the program has contributed is noticed by nothing else. */
export const SUM = 28;

/** In the first byte of a frame: the line is that of the frame before it, the time too; the input came while the engine worked. */
export const SAME_LINE = 0x20;
export const SAME_TIME = 0x40;
export const NESTED = 0x80;

/** By the names of the machines. */
export const CHARTS = [
  ...['connection', 'incomingRequest', 'response', 'clientConnection', 'request', 'incomingResponse', 'server'],
] as const;

export const FACTS = [
  ...['net.bytes', 'net.ended', 'net.finished', 'net.closed', 'net.failed', 'net.timedOut', 'net.drained'],
] as const;

/** The calls of the program on an outgoing message. */
export const CALLS = [
  ...['user.head', 'user.headRecalled', 'user.inform', 'user.write', 'user.miscounted', 'user.end', 'user.flush'],
  ...['user.destroy', 'user.misused', 'user.abort', 'user.forsake'],
] as const;

/** What is emitted on objects of the program, and what is done to its streams. */
export const CALLED_FOR = [
  ...['server.request', 'server.checkContinue', 'server.checkExpectation', 'server.dropRequest', 'server.upgrade'],
  ...[
    'server.connect',
    'server.clientError',
    'server.timeout',
    'req.socket',
    'req.prefinish',
    'req.finish',
    'req.close',
  ],
  ...['req.drain', 'req.error', 'req.aborted', 'req.response', 'req.information', 'req.upgrade', 'req.connect'],
  ...[
    'req.continue',
    'req.timeout',
    'req.abort',
    'res.socket',
    'res.prefinish',
    'res.finish',
    'res.close',
    'res.drain',
  ],
  ...[
    'res.error',
    'res.aborted',
    'res.timeout',
    'agent.free',
    'agent.agentRemove',
    'io.pushEnd',
    'io.dump',
    'io.abort',
  ],
] as const;

/** The events of all machines, each with the flags that its guards read. A flag with values is `name:value|value`. */
export const EVENTS: readonly (readonly [type: string, ...flags: string[]])[] = [
  [
    'wire.head',
    'hasListener',
    'persists',
    'limited',
    'crowded',
    'kind:ordinary|unhosted|leaving|surplus|continue|expectation|interim|upgrade|connect|final',
    'changesTo:none|upgrade|connect|unclaimed',
  ],
  ['wire.partial'],
  ['wire.complete', 'hasListener', 'keeps', 'unread'],
  ['wire.malformed', 'hasListener', 'unsent', 'preceded'],
  ['wire.truncated', 'hasListener', 'unsent', 'preceded'],
  ['clock.expired', 'hasListener', 'unsent', 'preceded', 'headLate', 'wholeLate'],
  ['response.unblocked', 'hasListener', 'unsent', 'preceded'],
  ['net.ended', 'halfOpen', 'retriable'],
  ['net.finished', 'settled'],
  ['net.closed', 'hostOrder', 'retriable'],
  ['net.failed', 'hasListener', 'unsent', 'preceded', 'hostOrder', 'retriable'],
  ['net.timedOut', 'hasListener'],
  ['response.last'],
  ['response.switched'],
  ['response.finished', 'hasListener', 'last', 'switched', 'more', 'crowded'],
  ['server.closing', 'openEnded'],
  ['server.draining', 'openEnded'],
  ['server.cutting', 'unsent'],
  ['clock.polled'],
  ['clock.unlimited'],
  ['clock.rested'],
  ['net.excess', 'much'],
  ['clock.cooled'],
  ['user.closeIdle'],
  ['user.head', 'last', 'bodyless', 'switches'],
  ['user.headRecalled'],
  ['user.inform'],
  ['user.write'],
  ['user.miscounted'],
  ['user.end'],
  ['user.flush'],
  ['user.destroy', 'consumed'],
  ['user.misused'],
  ['response.passed'],
  ['net.attached'],
  ['net.detached'],
  ['net.shut'],
  ['net.full'],
  ['net.drained'],
  ['net.flushed', 'hasListener'],
  ['clock.tick'],
  ['wire.body'],
  ['wire.trailers'],
  ['wire.empty'],
  ['wire.severed'],
  ['user.read'],
  ['stream.full'],
  ['wire.continue'],
  ['net.opened', 'writable'],
  ['net.refused'],
  ['response.handedOver'],
  ['response.ended', 'keeps'],
  ['response.cancelled'],
  ['response.failed'],
  ['user.abort', 'hostOrder', 'ownsSocket'],
  ['user.forsake', 'hostOrder'],
  ['clock.aborted'],
  ['request.assigned'],
  ['request.released'],
  ['request.freed'],
  ['request.upgraded'],
  ['wire.unsolicited'],
  ['clock.settled', 'sending'],
  ['clock.lingered'],
  ['user.agentRemove'],
];

/**
 * The flags that say what the program does or has: who listens, what it reads, what its socket holds. A replay takes them from the
 * journal; the others must follow.
 */
export const GIVEN: ReadonlySet<string> = new Set([
  ...['hasListener', 'crowded', 'unsent', 'openEnded', 'consumed', 'hostOrder', 'unread', 'writable', 'retriable'],
  ...['halfOpen', 'keeps', 'headLate', 'wholeLate', 'changesTo', 'ownsSocket'],
]);
