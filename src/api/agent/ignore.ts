/** Listens to 'error' of a socket that no request has: it closes, and there is nobody to tell. */
export function ignore(): void {}
