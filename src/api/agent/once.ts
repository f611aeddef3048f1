/** The function, for the first call; the others do nothing. */
export function once<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
  let isCalled = false;
  return (...args) => {
    if (isCalled) return;
    isCalled = true;
    call(...args);
  };
}
