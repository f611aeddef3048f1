/** @returns {{ cpu: number, at: number }} CPU time that this process has used so far in µs, and the time of the clock in ms */
export function usage() {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system, at: performance.now() };
}
