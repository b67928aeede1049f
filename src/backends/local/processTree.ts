import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { splitStatFields } from './processIdentity.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessRunning } from '../../lib/node/programs.js';

/** The processes of one job. */
export interface ProcessTree {
  /**
   * The job's first process, which leads its own group and session; undefined if it ended long ago, so that its
   * number can belong to another process.
   */
  readonly leader?: number;
  /** `NAME=value` in the environment of all processes of the job. */
  readonly marker: string;
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly marked: boolean;
}

/**
 * The living processes of a job: those of its group and session, those with its marker, and the descendants of all of
 * these. Only a process that left the session, cleared its environment and lost its parent is missed. Never includes
 * this process. Not for Windows.
 */
export function listDescendants(tree: ProcessTree): readonly number[] {
  const table = (process.platform === 'linux' ? readLinuxProcesses : readPosixProcesses)(tree.marker);
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
function readLinuxProcesses(marker: string): readonly ProcessEntry[] {
  const mark = Buffer.from(`\0${marker}\0`);
  const table: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid <= 0) continue;
    try {
      const [state, parent, group, session] = splitStatFields(readFileSync(`/proc/${name}/stat`, 'utf8'));
      if (state === 'Z' || state === 'X') continue;
      const marked = readProcessEnvironment(name).includes(mark);
      table.push({ pid, parent: Number(parent), group: Number(group), session: Number(session), marked });
    } catch {
      // It ended in between.
    }
  }
  return table;
}

/** Delimited by NULs, so that an assignment can be found as a whole. Empty for processes of other users. */
function readProcessEnvironment(pid: string): Buffer {
  try {
    return Buffer.concat([Buffer.of(0), readFileSync(`/proc/${pid}/environ`), Buffer.of(0)]);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Source: ps(1) of macOS, whose `-E` adds the environment to the command. */
function readPosixProcesses(marker: string): readonly ProcessEntry[] {
  const environment = process.platform === 'darwin' ? ['-E'] : [];
  // BSD's `ps` treats everything after a `=` as one heading, including commas.
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
    // Sessions are not reported as numbers here.
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: -1, marked }];
  });
}

/** The interval between checks for remaining processes, in milliseconds. */
const killPollMs = 100;

/** How long to wait for a process that survives SIGKILL (stuck in the kernel), in milliseconds. */
const stuckTimeoutMs = 5_000;

/**
 * Ends a job's processes: sends SIGTERM, and SIGKILL after `graceMs`. Windows has no such request for console
 * programs; there `taskkill` ends the tree. Never fails.
 *
 * @returns the number of processes that could not be ended.
 */
export async function killTree(tree: ProcessTree, graceMs: number): Promise<number> {
  if (process.platform === 'win32') return killWindowsTree(tree.leader, graceMs);
  const asked = new Set<number>();
  const askUntil = performance.now() + graceMs;
  for (
    let left = listDescendants(tree);
    left.length > 0 && performance.now() < askUntil;
    left = listDescendants(tree)
  ) {
    for (const pid of left.filter((one) => !asked.has(one))) {
      asked.add(pid);
      sendSignal(pid, 'SIGTERM');
      // A stopped process receives the signal only when it continues.
      sendSignal(pid, 'SIGCONT');
    }
    await sleep(Math.min(killPollMs, graceMs));
  }
  const killUntil = performance.now() + stuckTimeoutMs;
  let left = listDescendants(tree);
  for (; left.length > 0 && performance.now() < killUntil; left = listDescendants(tree)) {
    for (const pid of left) sendSignal(pid, 'SIGKILL');
    await sleep(20);
  }
  return left.length;
}

/** `/T` includes the descendants; only programs with windows can be asked. Source: taskkill of Windows. */
async function killWindowsTree(leader: number | undefined, graceMs: number): Promise<number> {
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
      await sleep(killPollMs);
  }
  await taskkill('/F');
  return isProcessRunning(leader, 'own') ? 1 : 0;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself, or its number belongs to another process now.
  }
}
