/** Every chart of the project, by its id: for the proofs, the diagrams and XState's tooling. */
import type { AnyStateMachine } from 'xstate';
import { connectionMachine } from './connection.js';
import { requestReaderMachine } from './incoming.js';
import { responseMachine } from './outgoing.js';
import { serverMachine } from './server.js';

export const machines: Readonly<Record<string, AnyStateMachine>> = {
  connection: connectionMachine,
  incoming: requestReaderMachine,
  response: responseMachine,
  server: serverMachine,
};
