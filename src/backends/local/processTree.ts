import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { statFields } from './identity.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessRunning } from '../../lib/node/programs.js';

/** The processes of one job. */
export interface Tree {
  /**
   * The job's first process, which leads a group and a session of its own; undefined: it ended long ago, and its
   * number may be another's.
   */
  readonly leader?: number;
  /** `NAME=value` that all of the job's processes have in their environment. */
  readonly marker: string;
}

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly marked: boolean;
}

/**
 * The living processes of a job, whatever they did to get away: those of its group and session, those with its marker,
 * and the descendants of all of these. Missed is only one that left the session, emptied its environment and lost its
 * parent. Never this process itself. Not for Windows.
 */
export function membersOf(tree: Tree): readonly number[] {
  const table = (process.platform === 'linux' ? linuxTable : posixTable)(tree.marker);
  const { leader } = tree;
  const found = new Set<number>();
  for (const { pid, group, session, marked } of table) {
    const led = leader !== undefined && (pid === leader || group === leader || session === leader);
    if (marked || led) found.add(pid);
  }
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { pid, parent } of table) if (found.has(parent)) found.add(pid);
  }
  found.delete(process.pid);
  return [...found];
}

/** Source: proc(5). */
function linuxTable(marker: string): readonly Entry[] {
  const mark = Buffer.from(`\0${marker}\0`);
  const table: Entry[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid <= 0) continue;
    try {
      const [state, parent, group, session] = statFields(readFileSync(`/proc/${name}/stat`, 'utf8'));
      if (state === 'Z' || state === 'X') continue;
      const marked = environmentOf(name).includes(mark);
      table.push({ pid, parent: Number(parent), group: Number(group), session: Number(session), marked });
    } catch {
      // It ended between two looks.
    }
  }
  return table;
}

/** With a NUL on both ends, so that an assignment is found whole. Empty for processes of other users. */
function environmentOf(pid: string): Buffer {
  try {
    return Buffer.concat([Buffer.of(0), readFileSync(`/proc/${pid}/environ`), Buffer.of(0)]);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Source: ps(1) of macOS, whose `-E` adds the environment to the command. */
function posixTable(marker: string): readonly Entry[] {
  const environment = process.platform === 'darwin' ? ['-E'] : [];
  // To BSD's `ps`, all behind a `=` is one heading, commas too.
  const columns = ['pid=', 'ppid=', 'pgid=', 'stat=', 'command='].flatMap((column) => ['-o', column]);
  const said = execFileSync('ps', ['-axww', ...environment, ...columns], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return said.split('\n').flatMap((line) => {
    const [, pid, parent, group, stat, command] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || stat === undefined || stat.startsWith('Z')) return [];
    const marked = ` ${command ?? ''} `.includes(` ${marker} `);
    // Sessions are not told as numbers here.
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: -1, marked }];
  });
}

/** Milliseconds between two looks at who is left. */
const lookMs = 100;

/** Milliseconds after which what survives even SIGKILL (a process stuck in the kernel) is left alone. */
const stuckMs = 5_000;

/**
 * Ends a job's processes: asks them with SIGTERM, and after `graceMs` ends with SIGKILL what is left. Windows knows no
 * asking that console programs hear; there `taskkill` ends the tree. Never fails.
 *
 * @returns the number of processes that could not be ended.
 */
export async function endTree(tree: Tree, graceMs: number): Promise<number> {
  if (process.platform === 'win32') return endWindowsTree(tree.leader, graceMs);
  const asked = new Set<number>();
  const askUntil = performance.now() + graceMs;
  for (let left = membersOf(tree); left.length > 0 && performance.now() < askUntil; left = membersOf(tree)) {
    for (const pid of left.filter((one) => !asked.has(one))) {
      asked.add(pid);
      send(pid, 'SIGTERM');
      // One that is stopped hears the request only when it goes on.
      send(pid, 'SIGCONT');
    }
    await sleep(Math.min(lookMs, graceMs));
  }
  const killUntil = performance.now() + stuckMs;
  let left = membersOf(tree);
  for (; left.length > 0 && performance.now() < killUntil; left = membersOf(tree)) {
    for (const pid of left) send(pid, 'SIGKILL');
    await sleep(20);
  }
  return left.length;
}

/** Source: taskkill of Windows; `/T` takes the descendants too, and only programs with windows can be asked. */
async function endWindowsTree(leader: number | undefined, graceMs: number): Promise<number> {
  if (leader === undefined) return 0;
  const taskkill = (...more: readonly string[]): Promise<boolean> =>
    promisify(execFile)('taskkill', ['/PID', String(leader), '/T', ...more], { windowsHide: true }).then(
      () => true,
      () => false,
    );
  if (await taskkill()) {
    for (
      const until = performance.now() + graceMs;
      isProcessRunning(leader, 'own') && performance.now() < until;
    )
      await sleep(lookMs);
  }
  await taskkill('/F');
  return isProcessRunning(leader, 'own') ? 1 : 0;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself, or belongs to somebody else by now.
  }
}
