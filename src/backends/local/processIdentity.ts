import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isProcessRunning } from '../../lib/node/programs.js';

/**
 * Identifies one process: numbers are assigned again after a process has ended. `start` is the system's start time of
 * the process, `boot` identifies the run of the system; both are empty if the system does not report them.
 */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  readonly boot: string;
  readonly start: string;
}

/** Whether a process runs; `elsewhere`: it ran on another machine that shares the folder. */
export type ProcessLife = 'alive' | 'dead' | 'elsewhere';

/** The identity of a process of this machine; undefined if it does not exist or is a zombie. */
export function readProcessIdentity(pid: number): ProcessIdentity | undefined {
  const start = readStartTime(pid);
  return start === undefined ? undefined : { host: hostname(), pid, boot: readBootId(), start };
}

let cachedOwnIdentity: ProcessIdentity | undefined;

/** The identity of this process. */
export const getOwnIdentity = (): ProcessIdentity =>
  (cachedOwnIdentity ??= readProcessIdentity(process.pid) ?? {
    host: hostname(),
    pid: process.pid,
    boot: readBootId(),
    start: '',
  });

/** Whether the process still runs. */
export function getProcessLife(identity: ProcessIdentity): ProcessLife {
  if (identity.host !== hostname()) return 'elsewhere';
  if (identity.boot !== readBootId()) return 'dead';
  const start = readStartTime(identity.pid);
  if (start === undefined) return 'dead';
  return identity.start === '' || start === identity.start ? 'alive' : 'dead';
}

let cachedBootId: string | undefined;

/** Source: proc(5), `/proc/sys/kernel/random/boot_id`. */
function readBootId(): string {
  if (process.platform !== 'linux') return '';
  return (cachedBootId ??= readTextIfPresent('/proc/sys/kernel/random/boot_id')?.trim() ?? '');
}

/** The start time of a process in the system's own format; undefined if it does not run. Windows: empty. */
function readStartTime(pid: number): string | undefined {
  switch (process.platform) {
    case 'linux':
      return readLinuxStartTime(pid);
    case 'win32':
      return isProcessRunning(pid) ? '' : undefined;
    default:
      return readPosixStartTime(pid);
  }
}

function readLinuxStartTime(pid: number): string | undefined {
  const stat = readTextIfPresent(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = splitStatFields(stat);
  // A zombie has ended; in a container its parent may never wait for it.
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/**
 * The fields of `/proc/PID/stat` from the third (the state) on; the second, the program's name, can contain anything.
 * Source: proc(5).
 */
export const splitStatFields = (stat: string): readonly string[] =>
  stat.slice(stat.lastIndexOf(')') + 2).split(' ');

/** BSD's `ps` treats everything after a `=` as one heading, including commas: each column has its own `-o`. */
function readPosixStartTime(pid: number): string | undefined {
  try {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const said = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
      env,
      encoding: 'utf8',
    });
    const [, stat, start] = /^(\S+)\s+(\S.*)$/.exec(said.trim()) ?? [];
    return stat === undefined || stat.startsWith('Z') ? undefined : start;
  } catch {
    // `ps` exits with 1 if the process does not exist.
    return undefined;
  }
}

function readTextIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
