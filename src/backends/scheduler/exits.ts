import type { ExitStatus } from '../../core/domain/job.js';

/** Signal numbers on Linux, where jobs run; those of this machine can differ. Source: signal(7). */
const signalNames = new Map<number, string>([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [4, 'SIGILL'],
  [5, 'SIGTRAP'],
  [6, 'SIGABRT'],
  [7, 'SIGBUS'],
  [8, 'SIGFPE'],
  [9, 'SIGKILL'],
  [10, 'SIGUSR1'],
  [11, 'SIGSEGV'],
  [12, 'SIGUSR2'],
  [13, 'SIGPIPE'],
  [14, 'SIGALRM'],
  [15, 'SIGTERM'],
  [24, 'SIGXCPU'],
  [25, 'SIGXFSZ'],
]);

/** A signal's name; real-time signals without a name are `SIGRTMIN+3`. */
export const getSignalName = (number: number): string =>
  signalNames.get(number) ??
  (number > 34 && number <= 64 ? `SIGRTMIN+${String(number - 34)}` : String(number));

/** The exit of a program by the shell's exit code: above 128, a signal. */
export const toExit = (code: number): ExitStatus =>
  code > 128 && code <= 192 ? { signal: getSignalName(code - 128) } : { code };
