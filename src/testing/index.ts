/** `statewire/testing`: test programs that use HTTP, without ports and without sleeps. */
export type { EventLike } from '../engine/args.js';
export type { StateValue } from '../engine/model.js';
export type { HttpModule } from './contract/face.js';
export { everyFault } from './faults/everyFault.js';
export type { FaultVerdict } from './faults/judge.js';
export type { EveryFaultOptions, ProgramUnderTest } from './faults/options.js';
export type { FaultHttp } from './faults/program.js';
export type { FaultReport, FaultReportMembers, Finding, UndecidedRuns } from './faults/report.js';
export {
  close,
  connect,
  drain,
  fin,
  type PeerStep,
  pause,
  type RefusalCode,
  read,
  refuse,
  reset,
  resume,
  send,
  silence,
  turns,
  wait,
} from './faults/script.js';
export type { FaultProgress } from './faults/walk.js';
export {
  type Departure,
  type FollowsOptions,
  follows,
  type Log,
  type Machine,
  type Path,
  type Recorded,
} from './follows.js';
export { type SocketPairOptions, socketPair } from './MemorySocket.js';
export { type MemoryAgentOptions, memoryAgent } from './memoryAgent.js';
export { type ContractOptions, type ContractReport, orderContract, type Verdict } from './orderContract.js';
export type { Step } from './render.js';
export { settled } from './transit.js';
export {
  type FakeTimers,
  type SinonClock,
  type VirtualClock,
  type VirtualClockOptions,
  virtualClock,
} from './virtualClock.js';
