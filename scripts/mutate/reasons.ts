/** Why mutants that no proof catches can't be caught. */
import { type Mutant, titleOf } from './mutants.js';

interface Reason {
  readonly mutants: RegExp;
  readonly reason: string;
}

/** The first that matches. */
const reasons: readonly Reason[] = [
  {
    mutants: /: initially /,
    reason: 'Each transition into this state names one of the states in it.',
  },
  {
    mutants: /^message\.composing: user\.(write|end) \[isGone\]/,
    reason:
      'The head is fixed before the first write: behind that, `composing` is written to only when the line is gone.',
  },
  {
    mutants: /^line\.(attached|gone\.cut): net\.flushed .*(without ‘isFlushing’|whatever its guard says)$/,
    reason: 'Only of a message that was ended the kernel has the last byte.',
  },
  {
    mutants: /leads to reading\.(upgrading|faulty\.judged)$/,
    reason: 'Our side is going, or goes in the same step: then this state leads on to `ignoring` at once.',
  },
  {
    mutants: /orderReserve before noteProtocolChange$/,
    reason: 'One emits, the other assigns what is emitted later: nobody sees which came first.',
  },
  {
    mutants: /without ‘in #readingBody’$/,
    reason: 'The transition is one of `readingBody`; those of other regions ask for it.',
  },
  {
    mutants: /^reuse\.persistent: wire\.head .*without ‘in #open’$/,
    reason: 'When our side is going, nobody asks whether another request may follow.',
  },
  {
    mutants: /^reuse\.ending: .* leads to reuse\.switched$/,
    reason: 'They differ in what is to be done with bytes, and the peer has said FIN.',
  },
  {
    mutants: /asked behind/,
    reason: 'The two guards never pass together, or it is the same whose turn it is when they do.',
  },
];

export function reasonFor(mutant: Mutant): string | undefined {
  return reasons.find(({ mutants }) => mutants.test(titleOf(mutant)))?.reason;
}
