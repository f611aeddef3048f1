/** Every chart of the project, by its id: for the proofs, the diagrams and XState's tooling. */
import type { AnyStateMachine } from 'xstate';
import { clientConnectionMachine } from './client-connection.js';
import { connectionMachine } from './connection.js';
import { incomingRequestMachine } from './incoming-request.js';
import { incomingResponseMachine } from './incoming-response.js';
import { requestMachine } from './request.js';
import { responseMachine } from './response.js';
import { serverMachine } from './server.js';

export {
  clientConnectionMachine,
  connectionMachine,
  incomingRequestMachine,
  incomingResponseMachine,
  requestMachine,
  responseMachine,
  serverMachine,
};

/** All machines, by their names. */
export const machines: Readonly<Record<string, AnyStateMachine>> = {
  connection: connectionMachine,
  incomingRequest: incomingRequestMachine,
  response: responseMachine,
  server: serverMachine,
  clientConnection: clientConnectionMachine,
  request: requestMachine,
  incomingResponse: incomingResponseMachine,
};
