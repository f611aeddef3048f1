import { EventEmitter } from 'node:events';
import * as http from 'node:http';
import { Server as NetServer } from 'node:net';
import { finished, Readable, Stream, Writable } from 'node:stream';
import { inherits, inspect } from 'node:util';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Callable, callable, create } from '../../src/api/compat/callable.js';

class MessageMethods extends Stream {
  declare sent: string[];
  declare limit: number;

  static readonly kind = 'message';
  static create(limit: number): Message {
    return new Message({ limit });
  }

  send(text: string): this {
    this.sent.push(text);
    return this;
  }

  get full(): boolean {
    return this.sent.length >= this.limit;
  }
}

const Message = callable(MessageMethods, {
  Message: function (options?: { limit: number }): unknown {
    if (!(this instanceof Message)) return create(Message, options);
    Stream.call(this);
    this.sent = [];
    this.limit = options?.limit ?? 2;
  },
});
type Message = InstanceType<typeof Message>;

class ResponseMethods extends Message {
  declare request: object;

  override send(text: string): this {
    return super.send(`response ${text}`);
  }
}

const Response = callable(ResponseMethods, {
  Response: function (request: object, options?: { limit: number }): unknown {
    if (!(this instanceof Response)) return create(Response, request, options);
    Message.call(this, options);
    this.request = request;
  },
});

const request = {};

/** A constructor in the style before classes, with its base set by `util.inherits`. */
function legacy<Base extends object>(
  Base: { prototype: Base },
  construct: (this: Base, ...args: never[]) => void,
): new () => Base {
  inherits(construct, Base as unknown as new () => Base);
  return construct as unknown as new () => Base;
}

describe('a callable class', () => {
  it('is constructed with new', () => {
    const response = new Response(request, { limit: 1 });
    expect(response).toBeInstanceOf(Response);
    expect(response).toBeInstanceOf(Message);
    expect(response).toBeInstanceOf(Stream);
    expect(response.request).toBe(request);
    expect(response.send('a').sent).toEqual(['response a']);
    expect(response.full).toBe(true);
  });

  it('is constructed without new', () => {
    expect(Response(request)).toBeInstanceOf(Response);
    expect(Response(request).request).toBe(request);
  });

  it('is called as a member of an object, as in http.Agent()', () => {
    const exported = { Message };
    expect(exported.Message({ limit: 7 }).limit).toBe(7);
    expect(exported).toEqual({ Message });
  });

  it('is applied to an object that inherits from it, as in light-my-request', () => {
    const Mock = legacy(Response, function Mock(this: InstanceType<typeof Response>) {
      Response.call(this, request, { limit: 9 });
    });
    const mock = new Mock();
    expect(mock).toBeInstanceOf(Response);
    expect([mock.limit, mock.request]).toEqual([9, request]);
    expect(mock.on('x', () => {}).emit('x')).toBe(true);
  });

  it('is applied by a constructor that inherits from a subclass, as in nock', () => {
    const Overridden = legacy(Response, function Overridden(this: Message) {
      Message.call(this);
    });
    expect(new Overridden().send('a').sent).toEqual(['response a']);
  });

  it('is extended by a class', () => {
    class Own extends Response {
      own = 1;
      override send(text: string): this {
        return super.send(`own ${text}`);
      }
    }
    const own = new Own(request, { limit: 3 });
    expect(own.send('a').sent).toEqual(['response own a']);
    expect([own.own, own.limit, own.constructor]).toEqual([1, 3, Own]);
    expect(Own.kind).toBe('message');
    expect(() => (Own as unknown as () => void)()).toThrow(TypeError);
  });

  it('is constructed by Reflect.construct with another target', () => {
    class Target extends Message {}
    expect(Reflect.construct(Message, [], Target)).toBeInstanceOf(Target);
  });

  it('has the statics, name and length of its class and constructor', () => {
    expect([Response.name, Response.length]).toEqual(['Response', 2]);
    expect([Response.kind, Response.create(4).limit]).toEqual(['message', 4]);
    expect(Object.getPrototypeOf(Response)).toBe(Message);
  });

  it('can be patched on its prototype and have its prototypes swapped', () => {
    const message = new Message();
    const { send } = Message.prototype;
    Message.prototype.send = function (text) {
      return send.call(this, `patched ${text}`);
    };
    expect(message.send('a').sent).toEqual(['patched a']);
    Message.prototype.send = send;

    const app = Object.create(Message.prototype, { extra: { value: 1 } });
    expect(Object.setPrototypeOf(message, app)).toMatchObject({ extra: 1 });
    expect(message.send('b').sent).toHaveLength(2);
  });

  it('ignores a `this` of another kind', () => {
    const foreign = {};
    expect(Message.call(foreign, { limit: 5 }).limit).toBe(5);
    expect(foreign).toEqual({});
  });

  it('is inspected with its name', () => expect(inspect(new Message())).toMatch(/^Message \{/));

  it('rethrows what its constructor throws', () => {
    class Methods {}
    const Failing = callable(Methods, {
      Failing: function () {
        throw new RangeError(`rejected by ${this}`);
      },
    });
    expect(() => new Failing()).toThrow(RangeError);
    expect(() => Failing()).toThrow(RangeError);
  });
});

describe('the base classes of the API', () => {
  class BodyMethods extends Readable {
    override _read(): void {
      this.push(null);
    }
  }
  const Body = callable(BodyMethods, {
    Body: function (): unknown {
      if (!(this instanceof Body)) return create(Body);
      Readable.call(this);
    },
  });

  it('Readable: streams and finishes', async () => {
    const body = new Body();
    await new Promise<void>((resolve, reject) =>
      finished(body.resume(), (fault) => (fault ? reject(fault) : resolve())),
    );
    expect(body.destroyed).toBe(true);
  });

  it('EventEmitter and net.Server', () => {
    class AgentMethods extends EventEmitter {}
    class ServerMethods extends NetServer {}
    const Agent = callable(AgentMethods, {
      Agent: function (): unknown {
        if (!(this instanceof Agent)) return create(Agent);
        EventEmitter.call(this);
      },
    });
    const Server = callable(ServerMethods, {
      Server: function (): unknown {
        if (!(this instanceof Server)) return create(Server);
        NetServer.call(this as unknown as NetServer, { allowHalfOpen: true });
      },
    });
    expect(
      Agent()
        .on('a', () => {})
        .emit('a'),
    ).toBe(true);
    expect(Server().listening).toBe(false);
    expect(new Server()).toBeInstanceOf(NetServer);
  });
});

describe('the constructors of node:http', () => {
  /** The visible attributes of a method or constructor property. */
  const trait = (owner: object, name: string) => {
    const { enumerable, writable, configurable } = Object.getOwnPropertyDescriptor(owner, name)!;
    return { enumerable, writable, configurable };
  };

  it('have members with the same attributes as ours', () => {
    expect(trait(Message.prototype, 'send')).toEqual(trait(http.OutgoingMessage.prototype, 'setHeader'));
    expect(trait(Message.prototype, 'constructor')).toEqual(trait(http.OutgoingMessage.prototype, 'constructor'));
    for (const name of ['prototype', 'name', 'length']) {
      expect([name, trait(Message, name)]).toEqual([name, trait(http.OutgoingMessage, name)]);
    }
  });

  it('are not instances of Writable, like ours', () => {
    expect(new Message() instanceof Writable).toBe(new http.OutgoingMessage() instanceof Writable);
  });
});

describe('the type of a callable class', () => {
  it('constructs, is called and is extended', () => {
    expectTypeOf(Message).toExtend<Callable<typeof MessageMethods, [options?: { limit: number }]>>();
    expectTypeOf(new Response(request)).toEqualTypeOf<ResponseMethods>();
    expectTypeOf(Response(request)).toEqualTypeOf<ResponseMethods>();
    expectTypeOf(Response.create).returns.toEqualTypeOf<MessageMethods>();
    // @ts-expect-error the request is required
    new Response();
  });
});
