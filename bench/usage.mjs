/** @returns {{ cpu: number, at: number }} the CPU time that this process has used, in µs, and the clock's time in ms */
export function usage() {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system, at: performance.now() };
}
