/**
 * The transitions that no walk takes on the host: the conversation that takes them there, or why none can; and those that
 * are not taken on statewire either. A test fails when a list is stale, either way.
 */
export type Elsewhere = Readonly<Record<string, string>>;

const inLastBytes =
  'our side has said FIN, and a socket closes when that has left; a Duplex stays open, and the host destroys it for the fault';
const lateFault = 'the host answers at once, see `late-fault` in differences-from-node.md';
const serverClose = 'the host does otherwise, see `server-close` in differences-from-node.md';
const unaskedBytes = 'the host swallows the bytes, see `unasked-bytes` in differences-from-node.md';
const retry = 'statewire’s own option `retryReused`: the host tells the error';

/** Transition to the name of a conversation: equal on the host, in test/conversations or in server/beyond.ts. */
export const conversations: Elsewhere = {
  'connection reading.awaiting: wire.head [isSurplus] → reading.readingBody':
    'maxRequestsPerSocket: requests pipelined behind are dropped with 503',
  'connection reading.awaiting: clock.expired [isHeard] → reading.refused': 'headersTimeout, clientError listening',
  'connection reading.awaiting: clock.expired [isBlank] → reading.refused': 'headersTimeout: half a head, then silence',
  'connection reading.readingBody: clock.expired [isHeard] → reading.refused':
    'requestTimeout: a body that stops, clientError listening',
  'connection reading.readingBody: clock.expired [isBlank] → reading.refused':
    'requestTimeout: a body that stops, unanswered',
  'connection reading.readingBody: clock.expired → reading.refused':
    'requestTimeout: a chunked body that stops, the answer begun',
  'connection reuse.persistent: net.ended [isHalfOpen and isDue] → reuse.closing':
    'httpAllowHalfOpen: FIN, the answer coming later: it is sent, then the close',
  'connection gate.open: wire.head [isCrowded or isQueued] → gate.shut':
    'two requests in one packet, the second an upgrade, the first answered at once',
  'connection gate.shut: answer.finished [not isHeld] → gate.open':
    'two requests in one packet, the second an upgrade, the first answered at once',
  'connection transport: net.timedOut [isHeard] → stays': 'server.timeout: a listener, nothing is destroyed',
  'connection transport: net.timedOut → stays': 'keepAliveTimeout ends an idle connection',
  'connection transport.open: answer.finished [isClosing and not hasMore] → transport.leaving':
    'httpAllowHalfOpen: FIN, the answer coming later: it is sent, then the close',
  'connection transport.open: net.ended [isHalfOpen and isDue] → stays':
    'httpAllowHalfOpen: FIN, the answer coming later: it is sent, then the close',
  'incomingRequest body.bare: user.read → body.complete': 'a request that nobody listens to, read later',
  'incomingRequest body.bare: answer.finished [isHeard] → body.complete': 'a request that nobody listens to, answered',
  'incomingRequest reader.aborted: answer.finished → stays': 'req.destroy() right behind end()',
  'response line.waiting: user.destroy → line.gone.doomed': 'the second answer is destroyed while it waits',
  'response line.waiting: user.misused → stays': 'write() behind end(), and pipe(), while the answer waits',
  'response line.attached: user.misused → stays': 'res.pipe throws',
  'response line.gone.doomed: net.attached → line.gone.cut': 'the second answer is destroyed while it waits',
  'response line.gone.cut: net.flushed [isFlushing and not isHeard] → line.closed':
    'an answer that nobody listens to, destroyed behind its end',
  'response message.composing: user.head [isBodyless and isLast] → message.bare': '204, end(body)',
  'response message.streaming: user.end → message.queued': '2 requests in one packet',
  'response message.bare: user.end → message.queued': 'HEAD, 304 and 204 among others: no body slips in between',
  'response message.queued: net.attached → message.flushing': '2 requests in one packet',
  'response message.queued: user.write → stays': 'write() behind end(), and pipe(), while the answer waits',
  'server door.unbound: net.listening → door.listening': 'GET: answered with a counted body',
  'server door.unbound: user.close → door.closing': 'server.close() twice: the second callback has an error',
  'server door.listening: user.close → door.closing': 'server.close() ends idle connections and calls back',
  'server door.closing: net.closed → door.unbound': 'server.close() ends idle connections and calls back',
  'server door.closing: net.listening → door.listening': 'listen() again while the last connection is open',
  'server watch.resting: net.peopled → watch.sweeping': 'GET: answered with a counted body',
  'server watch.sweeping: net.emptied → watch.resting': 'server.close() ends idle connections and calls back',
  'connection reading: net.failed [isBlank] → reading.refused': 'the program tells an error of a socket that is whole',
  'connection reading.awaiting: wire.malformed → reading.refused': 'garbage on a socket that the program has ended',
  'connection reading.awaiting: clock.expired → reading.refused':
    'headersTimeout on a socket that the program has ended',
  'server door.listening: net.closed → door.unbound': 'close() of net.Server, behind the back of ours',
  'connection reading: net.failed [not isOpen] → reading.deaf':
    'the peer says FIN, and resets, while it takes nothing of an answer that goes on',
};

/** Transition to the reason why none is. */
export const reasons: Elsewhere = {
  'connection reading: net.failed [isBehind] → reading.poisoned': 'nothing takes it: see below',
  'connection reading.awaiting: wire.head [not isOpen] → stays': serverClose,
  'connection reading.awaiting: wire.malformed [not isOpen] → reading.deaf': serverClose,
  'connection reading.awaiting: wire.malformed [isBehind] → reading.poisoned': lateFault,
  'connection reading.awaiting: clock.expired [not isOpen] → reading.deaf': serverClose,
  'connection reading.awaiting: clock.expired [isBehind] → reading.poisoned': lateFault,
  'connection reading.awaiting.fresh: server.closing → stays': serverClose,
  'connection reading.readingBody: wire.complete [isLastBody] → reading.deaf': serverClose,
  'connection reading.readingBody: wire.malformed [not isOpen] → reading.deaf': inLastBytes,
  'connection reading.readingBody: wire.malformed [isBehind] → reading.poisoned': lateFault,
  'connection reading.readingBody: clock.expired [not isOpen] → reading.deaf': inLastBytes,
  'connection reading.readingBody: clock.expired [isBehind] → reading.poisoned': lateFault,
  'connection reading.parting: always [not isOpen] → reading.deaf':
    'the host tells the change of protocol before the answers that are due, see `in-turn` in differences-from-node.md',
  'connection reading.poisoned: answer.finished [isOpen] → stays': lateFault,
  'connection reading.poisoned: answer.finished [not hasMore] → reading.deaf': lateFault,
  'connection reading.poisoned: wire.malformed [not isOpen] → reading.deaf': lateFault,
  'connection reading.poisoned: wire.malformed [isBehind] → reading.poisoned': lateFault,
  'connection reading.poisoned: wire.malformed [isHeard] → reading.refused': lateFault,
  'connection reading.poisoned: wire.malformed [isBlank] → reading.refused': lateFault,
  'connection reading.poisoned: wire.malformed → reading.refused': lateFault,
  'connection reuse.closing: answer.last → reuse.final': serverClose,
  'connection transport.open: wire.complete [isLastBody] → transport.leaving': serverClose,
  'response line.released: net.closed → line.closed':
    'only of a socket that a program has assigned, where the host tells ‘close’ before ‘finish’',
  'response line.gone.doomed: net.closed → line.gone.closed':
    'the host doesn’t tell it, see `waiting-answers` in differences-from-node.md',
  'response message.bare: user.end [isGone] → message.flushing':
    'the host tells ‘finish’ of an answer that was destroyed before its end, where that has no bytes',
  'clientConnection idle: wire.unsolicited → spent': unaskedBytes,
  'clientConnection busy: wire.unsolicited → spent': unaskedBytes,
  'request line.attached.first: net.failed [isRetriable] → line.retrying': retry,
  'request line.attached.first: net.ended [isRetriable] → line.retrying': retry,
  'request line.attached.first: net.closed [isRetriable] → line.again': retry,
  'request line.retrying: net.closed → line.again': retry,
  'request line.retrying: user.abort → line.gone.withdrawn': retry,
  'request line.retrying: user.destroy → line.gone.doomed': retry,
  'request line.retrying: user.misused → stays': retry,
  'request line.again: net.refused → line.gone.closed': retry,
  'request line.again: user.abort → line.gone.withdrawn': retry,
  'request line.again: user.destroy → line.gone.doomed': retry,
  'request line.again: user.misused → stays': retry,
  'request line.again: net.attached → line.attached.second': retry,
  'request answer.read: wire.head → answer.over': unaskedBytes,
  'request message.bare: user.write → stays':
    'write() behind destroy() in a listener of ‘upgrade’: it returns true, and false on the host',
};

/** Transition to the reason why nothing takes it, on statewire either. */
export const unreached: Elsewhere = {
  'connection reading: net.failed [isBehind] → reading.poisoned':
    '`wire.malformed`, `clock.expired` and `net.failed` share one list of candidates, and this one is for the other two: ' +
    'ConnectionHost tells `net.failed` with `behind: false`, whatever is due, as a failed socket sends no answer to wait for',
};
