/** Conversations that can't be replayed, by their names, and why. */
export const exceptions: Readonly<Record<string, string>> = {};
