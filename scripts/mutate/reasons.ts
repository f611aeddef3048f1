/** Why no proof can catch the mutants that aren't caught. */
import { type Mutant, titleOf } from './mutants.js';

interface Reason {
  readonly mutants: RegExp;
  readonly reason: string;
}

/** The first match applies. */
const reasons: readonly Reason[] = [
  {
    mutants: /: initially /,
    reason: 'Each transition to this state names one of the states inside it.',
  },
  {
    mutants: /^message\.composing: user\.(write|end) \[isGone\]/,
    reason: 'The head is fixed before the first write. After that, `composing` receives a write only in `line.gone`.',
  },
  {
    mutants: /^line\.(attached|gone\.cut): net\.flushed .*(without ‘isFlushing’|without its guard)$/,
    reason: 'The kernel can have the last byte only of a message that was ended.',
  },
  {
    mutants: /leads to reading\.(upgrading|faulty\.judged)$/,
    reason: 'Our side is closing, or starts to in the same step: then this state leads to `ignoring` at once.',
  },
  {
    mutants: /orderReserve before noteProtocolChange$/,
    reason: 'One emits, the other assigns what is emitted later, so their order has no effect.',
  },
  {
    mutants: /^reuse\.polling: clock\.polled .*without ‘in #polling’$/,
    reason: 'The transition belongs to `polling`; only transitions of other regions need this part.',
  },
  {
    mutants: /: clock\.polled .*without ‘in #polling’$/,
    reason: 'The host polls when it has the order: in `polling`.',
  },
  {
    mutants: /: clock\.polled .*without ‘not in #due’$/,
    reason: 'A request that arrives while the host polls is not `fresh` or `kept`, and has left `polling`.',
  },
  {
    mutants: /^transport\.open: clock\.polled .*without ‘in #open’$/,
    reason: 'The transition belongs to `open`; only transitions of other regions need this part.',
  },
  {
    mutants: /^drain\.on: server\.cutting .*without ‘in #open’$/,
    reason: 'Two parts of the guard ask for `open`; this is one of them.',
  },
  {
    mutants: /^reuse\.ending: .* leads to reuse\.switched$/,
    reason: 'The states differ only in what happens to bytes, and the peer has sent FIN.',
  },
  {
    mutants: /^reuse\.polling: clock\.polled .*leads to reuse\.switched$/,
    reason: 'The states differ only in what happens to bytes, and our side is closing.',
  },
  {
    mutants: /^reading\.awaiting: clock\.expired .*taken without its guard$/,
    reason: 'The host reports a deadline only if one has passed.',
  },
  {
    mutants: /^persistence\.open: .*without (‘not hasEnded’|‘in #(queued|flushing|finished)’)$/,
    reason: 'A response ends once, and while it waits for its turn nothing of it has been sent.',
  },
  {
    mutants: /^body: wire\.trailers .*leads to body\.reading$/,
    reason: 'The trailer section comes before the end of its message, so the body is in `reading`.',
  },
  {
    mutants: /^line\.retrying: user\.abort .*leads to line\.gone\.(withdrawn|renounced)$/,
    reason:
      'The states differ only in what a socket does that comes, and while the dead one is closing no agent owes one.',
  },
  {
    mutants: /tried after/,
    reason: 'The two guards never both pass, or both transitions then have the same effect.',
  },
];

export function reasonFor(mutant: Mutant): string | undefined {
  return reasons.find(({ mutants }) => mutants.test(titleOf(mutant)))?.reason;
}
