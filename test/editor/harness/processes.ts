import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process as reported by the system. */
export interface Process {
  readonly pid: number;
  /** ID of its process group. */
  readonly group: number;
  /** Program and arguments, separated by spaces. */
  readonly command: string;
}

/**
 * Running processes with a text, such as the path of a test's folder, in their arguments or, on Linux, in
 * their environment: this finds all processes started by a server's extensions, however detached.
 */
export function processesWith(text: string): readonly Process[] {
  return (process.platform === 'linux' ? fromProc(text) : fromPs(text)).filter(
    ({ pid }) => pid !== process.pid,
  );
}

/** Kills processes immediately, by ID. Processes that have already exited are ignored. */
export function endProcesses(processes: readonly Process[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It exited by itself in between.
    }
  }
}

/** Source: proc(5): `cmdline`, `environ`, and in `stat` after the name in parentheses: state, parent, group. */
function fromProc(text: string): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): readonly Process[] => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'latin1');
        if (!command.includes(text) && !readFileSync(`/proc/${name}/environ`, 'latin1').includes(text))
          return [];
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (state === 'Z') return [];
        return [{ pid: Number(name), group: Number(group), command: command.replaceAll('\0', ' ').trim() }];
      } catch {
        return []; // It exited meanwhile, or belongs to another user.
      }
    });
}

function fromPs(text: string): readonly Process[] {
  const { stdout } = spawnSync('ps', ['-axww', '-o', 'pid=,pgid=,command='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line): readonly Process[] => {
    const [, pid, group, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined || !command.includes(text)) return [];
    return [{ pid: Number(pid), group: Number(group), command }];
  });
}
