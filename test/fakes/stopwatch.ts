/** Milliseconds for which this process has had a processor so far. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Starts to measure how long work on the processor takes. Time in which other programs had the processor does not count,
 * so what it measures must not wait for anything.
 *
 * @returns gives the milliseconds so far
 */
export function startStopwatch(): () => number {
  const [began, beganCpu] = [performance.now(), cpuMs()];
  return () => Math.min(performance.now() - began, cpuMs() - beganCpu);
}
