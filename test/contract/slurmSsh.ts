import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { jobFolderPattern } from '../../src/backends/scheduler/submit/submission.js';
import { slurmBackend } from '../fakes/slurmBackend.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { JobId } from '../../src/core/domain/job.js';
import type { LogEvent, LogStart } from '../../src/core/domain/log.js';
import { createNotice } from '../../src/core/presentation/notice.js';
import type { Clock } from '../../src/core/domain/ports.js';
import { JobError } from '../../src/core/domain/problem.js';
import type { RetentionPrompter } from '../../src/core/domain/retention.js';
import { systemClock } from '../../src/lib/node/systemClock.js';
import type { Cluster, SshServer } from '../engines/cluster.js';
import { until } from '../engines/daemons.mjs';
import { remoteUser } from '../engines/sshd.mjs';
import { quietLog } from './local.js';
import { behindSsh } from './slurm.js';
import { never } from './subject.js';
import { readEvents } from '../fakes/backendCalls.js';

/** A connection to a cluster over SSH, as the ordinary user, with a separate root. */
export interface OverSsh {
  readonly backend: Backend;
  /** The folder of its job folders, an absolute path. */
  readonly root: string;
  /** The names of the existing job folders. */
  readonly folders: () => readonly string[];
  /**
   * Number of runs of one of Slurm's programs on the host so far, by name; `besidesExits`: without requests
   * for the exit codes of jobs that are still in the queue.
   */
  readonly ran: (program: string, besidesExits?: 'besidesExits') => number;
  /** Replaces one of Slurm's programs with a script; `$real` is the original program. */
  readonly replace: (program: string, script: string) => void;
  readonly end: () => Promise<void>;
}

/** Options that differ between the connections of tests. */
export interface OverSshOptions {
  /** Host name in the server's configuration. */
  readonly host?: string;
  readonly root?: string;
  readonly keepDays?: number;
  readonly askRetention?: RetentionPrompter;
  readonly clock?: Clock;
}

const programs = ['sbatch', 'squeue', 'scontrol', 'scancel', 'sinfo', 'sacct'];

/** Creates a connection without opening it. */
export async function overSsh(server: SshServer, options: OverSshOptions = {}): Promise<OverSsh> {
  const { host: name, keepDays = 30, clock = systemClock, askRetention } = options;
  const key = randomBytes(4).toString('hex');
  const { root = join(server.home, `jobs-${key}`) } = options;
  const bin = join(server.home, `bin-${key}`);
  const ran = join(bin, 'ran');
  mkdirSync(bin);
  writeFileSync(ran, '');
  chmodSync(ran, 0o666);
  const replace = (program: string, script: string): void => {
    // Found on the PATH after this folder, so that it is the program of the tested version.
    const note = `case "$*" in (*exit_code*) echo ${program} exits;; (*) echo ${program};; esac >>${ran}`;
    const head = `#!/bin/sh\n${note}\nPATH=\${PATH#*:}\nreal=$(command -v ${program})\n`;
    writeFileSync(join(bin, program), `${head}${script}\n`, { mode: 0o755 });
  };
  for (const program of programs) replace(program, 'exec "$real" "$@"');
  const folder = await mkdtemp(join(tmpdir(), 'bj-slurm-ssh-'));
  const host = behindSsh(server, name);
  const backend = slurmBackend({
    connection: { id: 'slurm', kind: 'slurm', title: 'Slurm', settings: {} },
    host,
    resetPrompts: host.resetPrompts,
    dispose: host.close,
    bin,
    root,
    folder: join(folder, 'notes'),
    keepDays: () => keepDays,
    ...(askRetention ? { askRetention } : {}),
    historyDays: () => 7,
    clock,
    log: quietLog,
  });
  return {
    backend,
    root,
    folders: () => (existsSync(root) ? readdirSync(root).filter((one) => jobFolderPattern.test(one)) : []),
    ran: (program, besidesExits) =>
      readFileSync(ran, 'utf8')
        .split('\n')
        .filter((line) => line === program || (!besidesExits && line === `${program} exits`)).length,
    replace,
    end: async () => {
      backend.dispose?.();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** The IDs of the ordinary user's queued and running jobs. */
export async function queued(slurm: Cluster): Promise<readonly string[]> {
  const { stdout } = await slurm.run(['squeue', '-h', '-u', remoteUser.name, '-o', '%i']);
  return stdout.split('\n').filter((line) => line !== '');
}

/** The message that the user sees for a failure. */
export async function sentenceOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof JobError, String(error));
    return createNotice(error.problem).text;
  }
  throw new Error('it did not fail');
}

/** A process as listed in /proc. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly command: string;
}

function processes(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), name, command }];
      } catch {
        // It has exited meanwhile.
        return [];
      }
    });
}

/** The server's session processes and their descendants. */
function remoteProcesses({ dir }: SshServer): readonly Process[] {
  const all = processes();
  const root = Number(readFileSync(join(dir, 'pid'), 'utf8'));
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number | undefined): boolean => {
    const parent = pid === undefined ? undefined : parents.get(pid);
    return parent !== undefined && (parent === root || isBelow(parent));
  };
  return all.filter(({ pid }) => isBelow(pid));
}

/** The ssh processes on this machine that use the server's configuration. */
const localProcesses = ({ config }: SshServer): readonly Process[] =>
  processes().filter(({ pid, command }) => pid !== process.pid && command.includes(config));

/** Number of programs that read logs on the host. */
export const readersOf = (server: SshServer): number =>
  new Set(remoteProcesses(server).flatMap(({ command }) => /look-[0-9a-f]{16}/.exec(command) ?? [])).size;

/** Waits until a connection has no processes left, on either side. */
export async function leavesNothing(server: SshServer): Promise<void> {
  const left = () => [...localProcesses(server), ...remoteProcesses(server)];
  await until(() => left().length === 0, 'processes are left', 5_000).catch(() => undefined);
  assert.deepEqual(
    left().map(({ name, command }) => `${name}: ${command.slice(-200)}`),
    [],
  );
}

/**
 * Cleans up after a test. A passed test has left nothing; the leftovers of a failed one are terminated for
 * its retry.
 */
export async function tidied(
  server: SshServer,
  ends: readonly (() => void | Promise<void>)[],
  test: Mocha.Test | undefined,
): Promise<void> {
  for (const end of ends) await end();
  if (test?.isPassed()) await leavesNothing(server);
  else endNow([...localProcesses(server), ...remoteProcesses(server)]);
}

function endNow(all: readonly Process[]): void {
  for (const { pid } of all)
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It exited with the previous one.
    }
}

/** Waits until an open connection runs no command. */
export const isResting = (server: SshServer): Promise<void> =>
  until(
    () => remoteProcesses(server).every(({ name }) => name.startsWith('sshd')),
    'a command still runs on the host',
    5_000,
  );

/** Cuts all connections like a network failure: processes on the host detect it themselves. */
export function cut(server: SshServer): void {
  endNow(remoteProcesses(server).filter(({ name }) => name.startsWith('sshd')));
}

/** Number of commands that the server was asked to run so far. */
export const commandsOf = ({ dir }: SshServer): number =>
  readFileSync(join(dir, 'log'), 'utf8').split(/Starting session: command /).length - 1;

/** Reads a log through all drops like the editor: from the last cursor on. */
export interface Followed {
  readonly events: readonly LogEvent[];
  /** The message of each drop. */
  readonly drops: readonly string[];
}

/** Follows a log to its end. @param met - called for each event, with the count so far. */
export async function followThrough(
  backend: Backend,
  id: JobId,
  met: (count: number) => void,
): Promise<Followed> {
  const events: LogEvent[] = [];
  const drops: string[] = [];
  let from: LogStart = { at: 'start' };
  for (;;) {
    try {
      for await (const event of readEvents(backend, id, from, true, never)) {
        if (event.kind === 'partial') continue;
        events.push(event);
        if (event.kind === 'line') from = { at: 'cursor', cursor: event.next };
        met(events.length);
      }
      return { events, drops };
    } catch (error) {
      if (!(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
      drops.push(await sentenceOf(Promise.reject(error)));
      await systemClock.sleep(100, never);
    }
  }
}

/** The files below a folder by relative name, with the SHA-256 of each. */
export function hashes(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  const hash = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return Object.fromEntries(names.sort().map((name) => [name, hash(name)]));
}

/** The folder of the only job. */
export function onlyFolder({ root, folders }: OverSsh): string {
  const [one, ...more] = folders();
  assert.ok(one !== undefined && more.length === 0, `${basename(root)} holds one folder`);
  return join(root, one);
}
