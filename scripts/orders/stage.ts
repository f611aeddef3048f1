/** A stage without ports: the peer is at the other end of an in-memory connection, and time advances when all is at rest. */
import type { Server as NetServer, Socket } from 'node:net';
import statewire from '../../src/index.js';
import type { HttpModule } from '../../src/testing/contract/face.js';
import { type Line, Peer, Stage } from '../../src/testing/contract/stage.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { carry, settled } from '../../src/testing/transit.js';
import type { VirtualClock } from '../../src/testing/virtualClock.js';
import type { Recorder } from './record.js';

/** The step by which time advances, in ms. */
const STEP = 50;
/** Longer than all waits of the scenarios, in ms. */
const PATIENCE = 1000;

/** Makes the connections of a client. */
class Network {
  /** Connections are refused. */
  isRefusing = false;
  /** Receives the peer's end of a connection. */
  meet: (peer: Socket) => void = () => {};
  private readonly recorder: Recorder;

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  readonly call = (): Socket => {
    if (this.isRefusing) carry(() => caller.destroy(refusal()));
    const [caller, called] = socketPair();
    this.recorder.watchSocket(caller);
    if (!this.isRefusing) caller.once('connect', () => this.meet(called));
    return caller;
  };
}

function refusal(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:80'), { code: 'ECONNREFUSED', syscall: 'connect' });
}

export class MemoryStage extends Stage {
  private readonly network: Network;
  private readonly clock: VirtualClock;
  private readonly recorder: Recorder;

  constructor(recorder: Recorder, listensTo: readonly Line[], clock: VirtualClock) {
    const network = new Network(recorder);
    super(moduleOf(recorder, network), listensTo, PATIENCE);
    network.meet = (peer) => void this.peers.push(new Peer(peer, this.changed));
    this.network = network;
    this.clock = clock;
    this.recorder = recorder;
  }

  override async shut(): Promise<void> {
    this.network.isRefusing = true;
  }

  override async open(_server: NetServer): Promise<void> {}

  override async dial(): Promise<void> {
    const [caller, called] = socketPair();
    this.network.meet(caller);
    await settled();
    if (this.server !== undefined) this.recorder.watchServer(this.server);
    this.recorder.watchSocket(called);
    this.server?.emit('connection', called);
  }

  /** If the condition is false although nothing is on its way, it needs time. */
  override async until(what: string, isSo: () => boolean): Promise<void> {
    await settled();
    for (let waited = 0; !isSo(); waited += STEP) {
      if (waited > PATIENCE) throw new Error(`Waited in vain for ${what}`);
      await this.clock.advance(STEP);
    }
  }

  override note(what: string): void {
    super.note(what);
    if (/^(?:req|controller)\./.test(what))
      this.recorder.add({ kind: 'call', of: 'req', text: what.replace(/^req\./, '') });
  }
}

function moduleOf(recorder: Recorder, network: Network): HttpModule {
  return {
    request(options: object) {
      recorder.add({ kind: 'call', of: 'req', text: 'request()' });
      const request = statewire.request(options);
      recorder.watchRequest(request);
      return request;
    },
    createServer: statewire.createServer,
    Agent: class extends statewire.Agent {
      override createConnection = network.call;
    },
  };
}
