import type { Exit } from '../../core/domain/job.js';

/** Numbers of signals on Linux, where jobs run; this machine's own may differ. Source: signal(7). */
const signals = new Map<number, string>([
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

/** A signal's name; of one between those that have names of their own, `SIGRTMIN+3`. */
export const signalName = (number: number): string =>
  signals.get(number) ?? (number > 34 && number <= 64 ? `SIGRTMIN+${String(number - 34)}` : String(number));

/** How a program ended, by the code that a shell has for it: above 128, a signal. */
export const toExit = (code: number): Exit =>
  code > 128 && code <= 192 ? { signal: signalName(code - 128) } : { code };
