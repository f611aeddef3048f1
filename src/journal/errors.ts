/** The errors of journals. */

/** What is wrong with a journal, or with what was asked of it. */
export type JournalErrorCode =
  /** The file is no journal. */
  | 'STATEWIRE_JOURNAL_FOREIGN'
  /** The journal was written by a later version. */
  | 'STATEWIRE_JOURNAL_NEWER'
  /** The journal has nothing that can be read, or what it has contradicts itself. */
  | 'STATEWIRE_JOURNAL_DAMAGED'
  /** The connection can't be replayed: the message says why. */
  | 'STATEWIRE_JOURNAL_INCOMPLETE'
  /** The connection is too large for what was asked, which has all of it in memory. */
  | 'STATEWIRE_JOURNAL_TOO_LARGE'
  /** Another journal is being recorded. */
  | 'STATEWIRE_JOURNAL_RECORDING';

/** An error of a journal. */
export class JournalError extends Error {
  /** What is wrong. */
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string) {
    super(message);
    this.name = 'JournalError';
    this.code = code;
  }
}
