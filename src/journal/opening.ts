/** What is said once: of a journal, and of a connection. */

/** How much of bytes is kept: docs/journal.md. */
export type Bytes = 'none' | 'heads' | 'bodies' | 'raw';

type Bag = Readonly<Record<string, unknown>>;

/** What a connection begins with. */
export interface Opening {
  readonly role: 'server' | 'client';
  readonly isSocket: boolean;
  readonly isTls: boolean;
  readonly mark: number;
  readonly remote: readonly [address: string, port: number] | undefined;
  readonly local: readonly [address: string, port: number] | undefined;
  readonly settings: Bag;
}
