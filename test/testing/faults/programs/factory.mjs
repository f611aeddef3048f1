/** Makes a handler for each run. */
export function createApp() {
  let count = 0;
  return (_req, res) => res.end(String(count++));
}
