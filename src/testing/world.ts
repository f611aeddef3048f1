/**
 * Which events the surroundings of a machine can send, and when: without a socket a peer sends nothing, and a turn ends once for
 * each order to wait for its end.
 *
 * A world has a few named facts. An event can come while the facts that it needs hold. Facts begin and end with events and
 * with what the machine emits.
 */

/** Facts by the types of events or emissions. */
type Facts = Readonly<Record<string, readonly string[]>>;

export interface World {
  /** The facts that hold at the start. */
  readonly begins: readonly string[];
  /** All facts that an event needs. An event without an entry, as most commands of a program, can always come. */
  readonly needs: Facts;
  /** The facts that an event or emission begins, after it has ended others. */
  readonly begun: Facts;
  readonly ended: Facts;
}

/** The same facts for each of these types. */
const each = (types: readonly string[], ...facts: string[]): Facts =>
  Object.fromEntries(types.map((type) => [type, facts]));

const ofWire = ['wire.head', 'wire.continue', 'wire.complete', 'wire.malformed'];
const ofNet = ['net.failed', 'net.ended', 'net.closed', 'net.shut'];

const request: World = {
  begins: ['requested', 'open'],
  needs: {
    ...each(ofWire, 'parser'),
    ...each(ofNet, 'socket'),
    ...each(['net.full', 'net.drained'], 'open'),
    'net.attached': ['requested'],
    'net.refused': ['requested'],
    'net.opened': ['fresh'],
    'net.flushed': ['socket', 'leaving'],
    'response.handedOver': ['handed'],
    'response.ended': ['reader'],
    'response.cancelled': ['reader'],
    'response.failed': ['losing'],
    'clock.tick': ['tick'],
    'clock.aborted': ['aborting'],
  },
  begun: {
    'net.attached': ['socket', 'parser', 'fresh'],
    'io.retry': ['requested'],
    'io.end': ['leaving'],
    'io.tick': ['tick'],
    'io.abort': ['losing'],
    'io.tickAbort': ['aborting'],
    'req.response': ['reader'],
    'req.upgrade': ['handed'],
    'req.connect': ['handed'],
  },
  ended: {
    'net.attached': ['requested'],
    'net.refused': ['requested'],
    'net.opened': ['fresh'],
    'net.flushed': ['leaving'],
    'net.ended': ['parser'],
    'net.failed': ['parser'],
    'net.closed': ['socket', 'parser', 'fresh'],
    'req.close': ['open'],
    'wire.malformed': ['parser'],
    'response.handedOver': ['handed'],
    'response.ended': ['reader'],
    'response.cancelled': ['reader'],
    'response.failed': ['losing', 'reader'],
    'clock.tick': ['tick'],
    'clock.aborted': ['aborting'],
    ...each(['io.release', 'io.detach', 'io.returnSocket'], 'socket', 'parser', 'fresh'),
  },
};

const response: World = {
  begins: ['socket', 'waiting', 'preceded', 'open'],
  needs: {
    ...each(['net.closed', 'net.shut'], 'socket'),
    ...each(['net.full', 'net.drained'], 'open'),
    'response.passed': ['preceded'],
    'net.attached': ['waiting'],
    'net.detached': ['attached'],
    'net.flushed': ['attached', 'leaving'],
    'clock.tick': ['tick'],
  },
  begun: { 'net.attached': ['attached'], 'net.detached': ['waiting'], 'io.end': ['leaving'], 'io.tick': ['tick'] },
  ended: {
    'response.passed': ['preceded'],
    'net.attached': ['waiting', 'preceded'],
    'net.detached': ['attached'],
    'net.flushed': ['leaving'],
    'net.closed': ['socket', 'waiting'],
    'res.close': ['open'],
    'clock.tick': ['tick'],
  },
};

const connection: World = {
  begins: ['socket'],
  needs: {
    ...each([...ofWire, ...ofNet, 'wire.partial', 'wire.truncated', 'clock.expired'], 'socket'),
    'response.unblocked': ['reported'],
    'clock.settled': ['settling'],
    'clock.lingered': ['lingering'],
    ...each(['response.last', 'response.switched', 'response.finished'], 'due'),
  },
  begun: {
    'io.open': ['due'],
    'io.reportFault': ['reported'],
    'io.settle': ['settling'],
    'io.linger': ['lingering'],
  },
  ended: {
    ...each(['net.closed', 'io.detach'], 'socket'),
    'response.unblocked': ['reported'],
    'clock.settled': ['settling'],
    'clock.lingered': ['lingering'],
  },
};

const clientConnection: World = {
  begins: ['socket', 'idle', 'pooled'],
  needs: {
    ...each([...ofNet, 'wire.unsolicited'], 'socket'),
    'user.agentRemove': ['pooled'],
    'request.assigned': ['idle', 'pooled'],
    'request.released': ['busy'],
    'request.freed': ['released'],
    'request.upgraded': ['busy'],
  },
  begun: { 'request.assigned': ['busy'], 'request.released': ['idle', 'released'] },
  ended: {
    'request.assigned': ['idle', 'released'],
    'request.freed': ['released'],
    'request.released': ['busy'],
    'request.upgraded': ['busy'],
    ...each(['net.closed', 'io.detach'], 'socket', 'pooled'),
    'user.agentRemove': ['pooled'],
  },
};

const incoming: World = {
  begins: ['socket', 'parser', 'due'],
  needs: {
    ...each(['wire.body', 'wire.trailers', 'wire.complete', 'wire.empty', 'wire.severed'], 'parser'),
    'response.finished': ['due'],
    'net.closed': ['socket'],
    'clock.tick': ['tick'],
  },
  begun: { 'io.tick': ['tick'] },
  ended: {
    ...each(['wire.complete', 'wire.empty', 'wire.severed'], 'parser'),
    'response.finished': ['due'],
    'net.closed': ['socket', 'parser'],
    'clock.tick': ['tick'],
  },
};

/** A world in which all events can always come. */
export const boundless: World = { begins: [], needs: {}, begun: {}, ended: {} };

/** By machine name. */
export const worlds: Readonly<Record<string, World>> = {
  request,
  response,
  connection,
  clientConnection,
  incomingRequest: incoming,
  incomingResponse: incoming,
};

/** The facts that hold after an event and the emissions that it caused. */
export function after(
  { begun, ended }: World,
  facts: ReadonlySet<string>,
  happened: readonly string[],
): ReadonlySet<string> {
  const held = new Set(facts);
  for (const type of happened) {
    for (const fact of ended[type] ?? []) held.delete(fact);
    for (const fact of begun[type] ?? []) held.add(fact);
  }
  return held;
}

/** Whether an event of this type can come. */
export function mayCome({ needs }: World, facts: ReadonlySet<string>, type: string): boolean {
  return (needs[type] ?? []).every((fact) => facts.has(fact));
}
