/** `statewire/journal`: what crosses the boundary of the engine, recorded, kept, and replayed. See docs/journal.md. */
export { JournalError, type JournalErrorCode } from './errors.js';
export type { Frame } from './frames.js';
export { type Har, type HarEntry, toHar, toHarText } from './har.js';
export {
  type Bytes,
  type Ended,
  type Journal,
  type RecordOptions,
  type RedactOptions,
  record,
  type Saved,
  type SaveOptions,
  type SegmentMeta,
  type Sink,
} from './journal.js';
export { keepFromEnvironment, keepJournal } from './keep.js';
export { toPcapng } from './pcapng.js';
export {
  type ConnectionFilter,
  type Header,
  type ReadJournal,
  type ReadOptions,
  type RecordedConnection,
  readJournal,
  type Torn,
} from './reader.js';
export { type Different, type Handler, type ReplayOptions, replay, type Same, type Verdict } from './replay.js';
export { replayStates, type StateStep } from './replayStates.js';
export { type ExchangeSpan, type SpanPlace, type SpanTracer, spansOf, toOtlp, toOtlpText, toSpans } from './spans.js';
export { type StoryLine, storyOf } from './story.js';
export { type ScriptStep, scriptOf } from './toScript.js';
export { testOf } from './toTest.js';
