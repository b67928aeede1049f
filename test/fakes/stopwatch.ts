/** CPU time of this process so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU time of {@link referenceWork} on the machine for which the limits in tests are set, in milliseconds. */
const referenceMs = 40;

/** Splits, matches, and serializes text, as most of the measured code does. */
function referenceWork(): number {
  const lines = Array.from(
    { length: 20_000 },
    (_, at) => `${String(at)}|name ${String(at)}|RUNNING|2026-12-01|x`,
  );
  const rows = lines
    .join('\n')
    .split('\n')
    .map((line) => line.split('|'))
    .map(([id, name, state = '']) => ({ id, name, state: /^[A-Z]+$/.exec(state)?.[0] }));
  return (JSON.parse(JSON.stringify(rows)) as unknown[]).length;
}

let slowness: number | undefined;

/** How many times slower this machine is than the reference; at least 1. */
function getSlowness(): number {
  slowness ??= Math.max(
    1,
    Math.min(
      ...Array.from({ length: 6 }, () => {
        const before = cpuMs();
        referenceWork();
        return cpuMs() - before;
      }),
    ) / referenceMs,
  );
  return slowness;
}

/**
 * Starts to measure. Time in which other programs used the CPU does not count, so the measured code must not
 * wait for anything.
 *
 * @returns a function that returns the milliseconds so far, as they would be on a machine of the reference speed
 */
export function startStopwatch(): () => number {
  getSlowness();
  const [began, beganCpu] = [performance.now(), cpuMs()];
  return () => Math.min(performance.now() - began, cpuMs() - beganCpu) / getSlowness();
}
