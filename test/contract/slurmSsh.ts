import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { folderForm } from '../../src/backends/scheduler/submit/submission.js';
import { slurmBackend } from '../fakes/slurmBackend.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { JobId } from '../../src/core/domain/job.js';
import type { LogEvent, LogStart } from '../../src/core/domain/log.js';
import { noticeOf } from '../../src/core/presentation/notice.js';
import type { Clock } from '../../src/core/domain/ports.js';
import { JobError } from '../../src/core/domain/problem.js';
import type { AskRetention } from '../../src/core/domain/retention.js';
import { systemClock } from '../../src/lib/node/systemClock.js';
import type { Cluster, SshServer } from '../engines/cluster.js';
import { until } from '../engines/daemons.mjs';
import { remoteUser } from '../engines/sshd.mjs';
import { quietLog } from './local.js';
import { behindSsh } from './slurm.js';
import { never } from './subject.js';
import { readEvents } from '../fakes/backendCalls.js';

/** A connection to a cluster over ssh, as the ordinary user, with a root of its own. */
export interface OverSsh {
  readonly backend: Backend;
  /** Where its jobs' folders are made, absolute. */
  readonly root: string;
  /** The names of the jobs' folders that are there. */
  readonly folders: () => readonly string[];
  /**
   * How often one of Slurm's programs was run on the host so far, by its name; `besidesExits`: without the questions how
   * jobs ended that the queue still has.
   */
  readonly ran: (program: string, besidesExits?: 'besidesExits') => number;
  /** Puts a script in the place of one of Slurm's programs; `$real` is that program. */
  readonly replace: (program: string, script: string) => void;
  readonly end: () => Promise<void>;
}

/** What differs between the connections of tests. */
export interface OverSshOptions {
  /** Of the server's configuration. */
  readonly host?: string;
  readonly root?: string;
  readonly keepDays?: number;
  readonly askRetention?: AskRetention;
  readonly clock?: Clock;
}

const programs = ['sbatch', 'squeue', 'scontrol', 'scancel', 'sinfo', 'sacct'];

/** Makes a connection; nothing is opened yet. */
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
    // Found on the PATH behind this folder, so that it is the one of whatever version.
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
    anew: host.anew,
    end: host.close,
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
    folders: () => (existsSync(root) ? readdirSync(root).filter((one) => folderForm.test(one)) : []),
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

/** The numbers of the ordinary user's jobs that wait or run. */
export async function queued(slurm: Cluster): Promise<readonly string[]> {
  const { stdout } = await slurm.run(['squeue', '-h', '-u', remoteUser.name, '-o', '%i']);
  return stdout.split('\n').filter((line) => line !== '');
}

/** What the user reads when something fails. */
export async function sentenceOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof JobError, String(error));
    return noticeOf(error.problem).text;
  }
  throw new Error('it did not fail');
}

/** A process as /proc tells of it. */
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
        // It has ended meanwhile.
        return [];
      }
    });
}

/** The processes that the server made for its sessions, and what runs in them. */
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

/** The ssh programs of this machine that were started with the server's configuration. */
const localProcesses = ({ config }: SshServer): readonly Process[] =>
  processes().filter(({ pid, command }) => pid !== process.pid && command.includes(config));

/** How many programs read logs on the host. */
export const readersOf = (server: SshServer): number =>
  new Set(remoteProcesses(server).flatMap(({ command }) => /look-[0-9a-f]{16}/.exec(command) ?? [])).size;

/** Waits until no program of a connection is left, here or there. */
export async function leavesNothing(server: SshServer): Promise<void> {
  const left = () => [...localProcesses(server), ...remoteProcesses(server)];
  await until(() => left().length === 0, 'something is left', 5_000).catch(() => undefined);
  assert.deepEqual(
    left().map(({ name, command }) => `${name}: ${command.slice(-200)}`),
    [],
  );
}

/** Ends what a test used. One that passed has left nothing; what a failed one left is ended, for its second try. */
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
      // It ended with the one before.
    }
}

/** Waits until an open connection runs nothing. */
export const isResting = (server: SshServer): Promise<void> =>
  until(
    () => remoteProcesses(server).every(({ name }) => name.startsWith('sshd')),
    'something still runs on the host',
    5_000,
  );

/** Cuts all connections, as a network does: what runs on the host finds out by itself. */
export function cut(server: SshServer): void {
  endNow(remoteProcesses(server).filter(({ name }) => name.startsWith('sshd')));
}

/** Commands that the server was asked to run so far. */
export const commandsOf = ({ dir }: SshServer): number =>
  readFileSync(join(dir, 'log'), 'utf8').split(/Starting session: command /).length - 1;

/** A log read through all drops, as the editor does it: from the last cursor on. */
export interface Followed {
  readonly events: readonly LogEvent[];
  /** The sentence of each drop. */
  readonly drops: readonly string[];
}

/** Follows a log to its end. @param met - told of each event, with the count of those so far. */
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

/** The files below a folder by their relative names, with the SHA-256 of each. */
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

/** The one folder of an only job. */
export function onlyFolder({ root, folders }: OverSsh): string {
  const [one, ...more] = folders();
  assert.ok(one !== undefined && more.length === 0, `${basename(root)} holds one folder`);
  return join(root, one);
}
