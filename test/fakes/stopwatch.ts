/** CPU time of this process so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Starts to measure CPU time. Time in which other programs used the CPU does not count, so the measured code
 * must not wait for anything.
 *
 * @returns a function that returns the milliseconds so far
 */
export function startStopwatch(): () => number {
  const [began, beganCpu] = [performance.now(), cpuMs()];
  return () => Math.min(performance.now() - began, cpuMs() - beganCpu);
}
