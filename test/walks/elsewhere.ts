/** The transitions that no walk takes on the host, and why. A test fails if a transition is missing here, or listed needlessly. */
type Elsewhere = Readonly<Record<string, string>>;

const lateFault = 'the host responds at once, see `late-fault` in differences-from-node.md';
const forgotten =
  'the host emits nothing on a request that has its response, see `forgotten-request` in differences-from-node.md';
const serverClose = 'the host behaves differently, see `server-close` in differences-from-node.md';
const cutRequest = 'the host sends a 400, or keeps the connection open, see `cut-after` in differences-from-node.md';
const program101 = 'the host reads on, see `own-101` in differences-from-node.md';
const linger = 'the host resets the connection, see `lingering-close` in differences-from-node.md';
const flood = 'the host reads all input';
const unaskedBytes = 'the host ignores the bytes, see `unasked-bytes` in differences-from-node.md';
const retry = '`retryReused` is an option of statewire only: the host emits the error';
const bareEnd = 'the host emits ‘finish’ on a response that was destroyed before an end() without bytes';
const strictLength = 'the host keeps the head of a refused message, see `strict-length` in differences-from-node.md';
const bodyLength = 'the host reuses the connection, see `body-length` in differences-from-node.md';
const emptyRequests = '`optimizeEmptyRequests`, an option of later hosts';
const refusal =
  'abort(), and no socket available: the host doesn’t emit ‘close’, see `failed-connection` in differences-from-node.md';
const drain = '`drain()` is a method of statewire only';
const foreign = 'only of a request made by a constructor of the program, which no walk has';
const rawText = 'only with `_writeRaw()`, which is undocumented and called by programs';
const handshake = 'only with TLS, where test/https compares it with the host';
const tunnel = 'only with a tunnel through a proxy, which Node before 24 does not have; see test/https/proxy.test.ts';
const handSet = 'only if a program removes the socket of a response, and assigns one again';

/** Transition to the reason why no walk takes it on the host. */
export const reasons: Elsewhere = {
  'server door.unbound: user.close → door.closing': serverClose,
  'server door: clock.overdue → stays': drain,
  'server door.listening: user.drain → door.draining': drain,
  'server door.draining: clock.graced → door.closing': drain,
  'server door.draining: clock.overdue → door.closing': drain,
  'server door.draining: user.close → door.closing': drain,
  'server door.draining: net.closed → door.unbound': drain,
  'connection reading.awaiting: server.draining [isLastDue and isPersistent] → reading.ignoring': drain,
  'connection reuse.persistent: server.draining [isLastDue and isReading] → reuse.final': drain,
  'connection reuse.persistent: server.draining → reuse.closing': drain,
  'connection reuse.closing: clock.rested [isUnused] → reuse.polling': drain,
  'connection reuse.polling: clock.polled [isParting] → reuse.final': drain,
  'connection transport.open: response.finished [isFinal and isDraining] → transport.leaving.lingering': drain,
  'connection reading.awaiting: clock.polled [isParting] → reading.ignoring': drain,
  'connection transport.open: clock.polled [isParting] → transport.leaving.lingering': drain,
  'connection drain.off: server.draining [isUnused] → drain.on': drain,
  'connection drain.off: server.draining → drain.on': drain,
  'connection drain.on: response.finished → stays': drain,
  'connection drain.on: server.cutting [not isOwed] → drain.over': drain,
  'connection drain.on: server.cutting [isUnsent and not isRefused] → drain.over': drain,
  'connection drain.on: server.cutting → drain.over': drain,
  'server handshakes: net.failed [hasListener] → stays': handshake,
  'server handshakes: net.failed → stays': handshake,
  'connection transport.leaving: wire.malformed [isInBody] → stays': forgotten,
  'connection transport.leaving: clock.expired [isInBody and isWholeLate] → stays': forgotten,
  'connection reading.upgrading: always [not isOpen] → reading.ignoring':
    'the host emits the change of protocol before the due responses, see `in-turn` in differences-from-node.md',
  'connection reuse.closing: response.last → reuse.final': serverClose,
  'connection reading.awaiting: wire.truncated → reading.faulty': cutRequest,
  'connection reading.readingBody: wire.truncated → reading.faulty': cutRequest,
  'connection reading.faulty.judged: always [isTruncated and hasListener] → reading.ignoring': cutRequest,
  'connection reading.faulty.judged: always [isPreceded and not hasFailed] → reading.faulty.waiting': lateFault,
  'connection reading.faulty.waiting: response.finished [isOpen] → stays': lateFault,
  'connection reading.faulty.waiting: response.finished → reading.ignoring': lateFault,
  'connection reading.faulty.waiting: response.unblocked → reading.faulty.judged': lateFault,
  'connection reading.awaiting: response.switched → reading.ignoring': program101,
  'connection reuse.persistent: response.switched → reuse.switched': program101,
  'connection reuse.persistent: server.closing [isFresh] → reuse.polling': serverClose,
  'connection reuse.closing: wire.head [isListening and isTransient] → reuse.final': serverClose,
  'connection reuse.closing: response.switched → reuse.switched': program101,
  'connection reuse.polling: clock.polled → reuse.closing': serverClose,
  'connection reuse.polling: wire.head [isListening and isTransient] → reuse.final': serverClose,
  'connection reuse.polling: wire.head [isListening] → reuse.closing': serverClose,
  'connection reuse.ending: response.switched → reuse.final': program101,
  'connection gate.open: net.excess [isMuch and not isSwitched and not isLingering] → gate.flooded': flood,
  'connection gate.flooded: clock.cooled → gate.open': flood,
  'connection gate.flooded: clock.settled → gate.open': flood,
  'connection reading.readingBody: clock.settled [isSending] → reading.ignoring': linger,
  'connection transport.leaving.settling: clock.settled [isSending] → transport.leaving.lingering': linger,
  'connection transport.leaving.lingering: clock.lingered → stays': linger,
  'connection transport.open: wire.complete [isLate] → stays': serverClose,
  'connection transport.open: net.finished [isWaitedFor] → stays':
    'the host has already emitted the change of protocol, see `in-turn` in differences-from-node.md',
  'response line.waiting: user.destroy [isGiven] → line.gone.doomed':
    'the host writes nothing of it before the other has left, see `doomed-response` in differences-from-node.md',
  'response line.gone: user.end [mayLeave] → stays':
    'only with another end() after end() and destroy(), which no walk has',
  'response line.waiting: net.closed → line.gone.stranded':
    'the host emits nothing, see `waiting-responses` in differences-from-node.md',
  'response line.shut: net.attached → line.attached': handSet,
  'response line.kept: net.attached → line.attached': handSet,
  'response line.released: net.closed → line.closed':
    'only with a socket that a program has assigned; there the host emits ‘close’ before ‘finish’',
  'response line.gone.leaving: net.closed → line.closed':
    'only with a socket that a program has assigned; there the host emits ‘close’ before ‘finish’',
  'response message.streaming: user.headRecalled → message.composing': strictLength,
  'response persistence.open: user.miscounted → persistence.last': bodyLength,
  'response persistence.last: user.miscounted → stays': bodyLength,
  'response persistence.open: user.head [isSwitching] → persistence.last': program101,
  'response persistence.open: net.attached [hasEnded and isAwaited] → persistence.passed': handSet,
  'response turn.given: net.detached → turn.awaited': handSet,
  'response line.shut: user.inform → line.kept': handSet,
  'response message: user.inform [isGone] → stays':
    'the host drops an interim response after destroy(), and its callback',
  'response message.bare: user.end [isStranded] → message.flushing': bareEnd,
  'response message.bare: user.end [isGone] → message.flushing': bareEnd,
  'incomingRequest body.awaiting: wire.empty → body.complete': emptyRequests,
  'incomingRequest reader.open: wire.empty → reader.closed': emptyRequests,
  'incomingRequest reader.open: wire.severed → reader.severed': lateFault,
  'incomingRequest reader.severed: user.destroy → reader.aborted': lateFault,
  'connection reuse.closing: clock.unlimited [isKept] → reuse.polling': serverClose,
  'clientConnection closed: request.freed → stays': 'only if the program emits ‘close’ on the socket',
  'clientConnection idle: wire.unsolicited → unusable': unaskedBytes,
  'clientConnection busy: wire.unsolicited → unusable': unaskedBytes,
  'clientConnection parting: wire.unsolicited → unusable': unaskedBytes,
  'request line.attached.first: net.failed [isRetriable] → line.retrying': retry,
  'request line.attached.first: net.ended [isRetriable] → line.retrying': retry,
  'request line.attached.first: net.closed [isRetriable] → line.again': retry,
  'request line.retrying: net.closed → line.again': retry,
  'request line.retrying: user.abort → line.gone.withdrawn': retry,
  'request line.retrying: user.abort [isHostOrder] → line.gone.renounced': retry,
  'request line.retrying: user.destroy → line.gone.doomed': retry,
  'request line.retrying: user.misused → stays': retry,
  'request line.again: net.refused → line.gone.closed': retry,
  'request line.unassigned: net.timedOut → stays': tunnel,
  'request line.again: net.timedOut → stays': tunnel,
  'request line.again: user.abort → line.gone.withdrawn': retry,
  'request line.again: user.abort [isHostOrder] → line.gone.renounced': retry,
  'request line.again: user.destroy → line.gone.doomed': retry,
  'request line.again: user.misused → stays': retry,
  'request line.again: net.attached → line.attached.second': retry,
  'request line.attached: wire.head [isProtocolChange] → line.gone.failed':
    'the host emits only ‘close’, see `unclaimed-takeover` in differences-from-node.md',
  'request response.reading: wire.complete [isUnread] → response.complete':
    'the host waits for a reader, see `unread-bodiless` in differences-from-node.md',
  'request line.gone.withdrawn: net.refused → line.gone.doomed': refusal,
  'request line.gone.renounced: net.refused → line.gone.doomed': refusal,
  'request line.gone.renounced: clock.tick → line.gone.closed':
    'the host emits ‘close’ once it has a socket, see `prompt-end` in differences-from-node.md',
  'request line.unassigned: user.abort [isHostOrder and ownsSocket] → line.gone.withdrawn':
    'the host waits for the socket, see `prompt-end` in differences-from-node.md',
  'request line.unassigned: user.forsake [isHostOrder] → line.gone.forsaken': foreign,
  'request line.unassigned: user.forsake → line.gone.doomed': foreign,
  'request line.gone.renounced: user.forsake → line.gone.forsaken': foreign,
  'request line.gone.forsaken: net.attached → line.gone.closed': foreign,
  'request line.gone.forsaken: net.refused → line.gone.closed': foreign,
  'request line.attached: net.flushed [isSpoiled] → stays': bodyLength,
  'request response.read: user.miscounted → response.spoiled': bodyLength,
  'request response.spoiled: wire.head → response.over': bodyLength,
  'request message.streaming: user.headRecalled → message.composing': strictLength,
  'request message.streaming: user.miscounted → stays': bodyLength,
  'request message: user.inform → stays': rawText,
  'request message: user.inform [isGone] → stays': rawText,
  'request response.read: wire.head → response.over': unaskedBytes,
  'request message.bare: user.write → stays':
    'write() after destroy() in a listener of ‘upgrade’: it returns true, and false on the host',
};
