/** What `tap`, `watch` and `follows` give is typed by the machine. The compiler checks this: `npm run types`. */
import { describe, expectTypeOf, it } from 'vitest';
import type { InspectionEvent, Observer } from 'xstate';
import { type ChartName, type EmissionOf, type Observation, type StateOf, tap, watch } from '../../src/index.js';
import { machines } from '../../src/machines/index.js';
import { type Departure, follows, type Path } from '../../src/testing/index.js';

/** Calls nothing: only its types are of interest. */
const typed = (_use: () => void) => {};

describe('an observation', () => {
  it('is a union by its machine', () => {
    typed(() =>
      tap(({ chart, event, from, to, emitted }) => {
        if (chart !== 'response') return;
        expectTypeOf(to.line).toExtend<string | { gone: string }>();
        expectTypeOf(from.flow).toEqualTypeOf<'free' | 'full' | undefined>();
        if (event.type === 'net.flushed') expectTypeOf(event.hasListener).toBeBoolean();
        for (const each of emitted) if (each.type === 'io.write') expectTypeOf(each.what).toHaveProperty('callback');
        // @ts-expect-error: a response is no request
        emitted.filter(({ type }) => type === 'req.close');
        // @ts-expect-error: it has no such event
        if (event.type === 'wire.head') return;
        // @ts-expect-error: it has no such region
        expectTypeOf(to.door);
      }),
    );
    // @ts-expect-error: no machine has this name
    typed(() => tap(({ chart }) => chart === 'respones'));
    expectTypeOf<Observation<'server'>['to']['door']>().toEqualTypeOf<
      'unbound' | 'listening' | 'closing' | 'draining'
    >();
    expectTypeOf<StateOf<'clientConnection'>>().toEqualTypeOf<
      'idle' | 'busy' | 'parting' | 'unusable' | 'removed' | 'upgraded' | 'closed'
    >();
  });

  it('has the name of one of the machines', () => {
    expectTypeOf<ChartName>().toExtend<string>();
    const names: Record<ChartName, true> = {
      ...{ connection: true, incomingRequest: true, response: true, server: true },
      ...{ clientConnection: true, request: true, incomingResponse: true },
    };
    expectTypeOf(names).toExtend<Record<keyof typeof machines, true>>();
    if (Object.keys(machines).sort().join() !== Object.keys(names).sort().join()) throw new Error('A name is missing');
  });
});

describe('an event of XState’s inspection', () => {
  it('is a union by its machine and its type', () => {
    typed(() =>
      watch({
        inspect: (event) => {
          if (event.type === '@xstate.snapshot' && event.chart === 'response') {
            expectTypeOf(event.snapshot.value.message).toExtend<string>();
            expectTypeOf(event.actorRef.logic.id).toEqualTypeOf<'response'>();
          }
          // @ts-expect-error: only some have a snapshot
          expectTypeOf(event.snapshot);
        },
      }),
    );
  });

  it('fits what takes those of XState', () => {
    typed(() => watch({ inspect: (_event: InspectionEvent) => {} }));
    typed(() => watch({ inspect: {} as Observer<InspectionEvent> }));
  });
});

describe('a log', () => {
  it('is one of its machine', () => {
    const result = () => follows('request', ['req.socket', 'req.close'], { deaf: ['req.prefinish'] });
    type State = StateOf<'request'>;
    expectTypeOf(result).returns.toEqualTypeOf<Path<State> | Departure<State>>();
    const names: EmissionOf<'request'>['type'][] = ['req.socket'];
    typed(() => follows('request', names));
    typed(() => follows('request', [{ type: 'net.failed', retriable: true }]));
    typed(() => follows('request', [] as Observation[]));
    typed(() => follows({ id: 'mine', config: {} }, ['anything']));
    // @ts-expect-error: there is no such machine
    typed(() => follows('reqest', []));
    // @ts-expect-error: a request does not emit this
    typed(() => follows('request', ['res.close']));
    // @ts-expect-error: it is not sent this
    typed(() => follows('request', [{ type: 'net.listening' }]));
    // @ts-expect-error: a request does not emit this
    typed(() => follows('request', [], { deaf: ['req.prefinsh'] }));
  });
});
