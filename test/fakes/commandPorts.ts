import { basename } from 'node:path';
import type { Desk, OpenFolder, OpenScript } from '../../src/commands/desk.js';
import type { Ports } from '../../src/commands/ports.js';
import { rowIdOf, type Target } from '../../src/commands/target.js';
import type { Ui } from '../../src/commands/ui.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { Bundle } from '../../src/core/domain/jobSpec.js';
import type { Job } from '../../src/core/domain/job.js';
import type { Bundler, Disk, JobStore, Memory, Packing, Plan } from '../../src/core/domain/ports.js';
import { JobError } from '../../src/core/domain/problem.js';
import { stripCodes } from '../../src/lib/terminalCodes.js';
import { noon } from './jobs.js';

/** The effects of commands on their dependencies, in order. */
export interface Deeds {
  /** `refresh local`, `include local/j1`, `awaitEnd local/j1`, `select local/j1`, `log local/j1` … */
  readonly done: string[];
  /** Files on disk, by absolute path. */
  readonly files: Map<string, string>;
  readonly facts: Map<string, unknown>;
  readonly logged: string[];
}

/** The initial content: everything that a test does not want to be empty. */
export interface World {
  readonly ui: Ui;
  readonly backends?: readonly Backend[];
  readonly jobs?: readonly Target[];
  readonly desk?: Partial<Desk>;
  readonly bundler?: Bundler;
  readonly facts?: Map<string, unknown>;
  readonly store?: JobStore;
  readonly disk?: Partial<Disk>;
  readonly choices?: Partial<Ports['choices']>;
}

/** All ports of commands, with everything in memory. */
export function portsOf(world: World): Ports & { readonly deeds: Deeds } {
  const deeds: Deeds = {
    done: [],
    files: new Map(),
    facts: world.facts ?? new Map<string, unknown>(),
    logged: [],
  };
  const known = world.jobs ?? [];
  const did = (what: string): Promise<void> => {
    deeds.done.push(what);
    return Promise.resolve();
  };
  return {
    deeds,
    ui: world.ui,
    desk: { ...emptyDesk, ...world.desk },
    backends: () => world.backends ?? [...new Set(known.map(({ backend }) => backend))],
    bundler: world.bundler ?? bundlerOf(planOf('/home/ada/fit', {})).bundler,
    jobs: {
      find: (row) => known.find((target) => row === rowIdOf(target) || row.startsWith(`${rowIdOf(target)}/`)),
      all: () => known.filter((target) => arrayIn(known, target) === undefined),
      tasks: (array) => known.filter((target) => arrayIn(known, target) === array.job),
      refresh: (connection) => did(`refresh ${connection ?? 'all'}`),
      include: (connection: string, job: Job) => void did(`include ${connection}/${job.id}`),
      awaitEnd: (connection, id) => void did(`awaitEnd ${connection}/${id}`),
    },
    logs: {
      show: (target) => did(`log ${rowIdOf(target)}`),
      openInEditor: (target) => did(`logInEditor ${rowIdOf(target)}`),
      openInTerminal: (target) => did(`logInTerminal ${rowIdOf(target)}`),
      forget: (target) => void did(`forget ${rowIdOf(target)}`),
    },
    tree: { select: (target) => did(`select ${rowIdOf(target)}`) },
    disk: { ...memoryDisk(deeds), ...world.disk },
    store: world.store ?? memoryStore(new Set()),
    memory: memoryOf(deeds.facts),
    clock: { now: () => noon, sleep: () => Promise.resolve() },
    choices: { openLogAfterSubmit: () => true, notify: () => 'all', ...world.choices },
    strip: stripCodes,
    log: {
      info: (text) => void deeds.logged.push(text),
      warn: (text) => void deeds.logged.push(text),
      error: (text) => void deeds.logged.push(text),
    },
  };
}

/** The array of a target; undefined: it is not a task of a known array. */
const arrayIn = (known: readonly Target[], { backend, job }: Target): Job | undefined =>
  known.find((one) => one.backend === backend && one.job.tasks && one.job.id === job.parent)?.job;

const emptyDesk: Desk = {
  trusted: () => true,
  script: () => Promise.resolve(undefined),
  folder: () => Promise.resolve(undefined),
  unsavedIn: () => [],
  saveIn: () => Promise.resolve(true),
  locate: () => Promise.resolve(undefined),
  environments: () => Promise.resolve({ found: [], read: () => Promise.resolve(undefined) }),
};

/** An open script. */
export const openScript = (name: string, text: string): OpenScript => ({
  script: { name, text },
  key: `file:///home/ada/${name}`,
  file: `/home/ada/${name}`,
});

/** An open folder; `entry` is the clicked script. */
export const openFolder = (entry?: string): OpenFolder => ({
  folder: '/home/ada/fit',
  key: 'file:///home/ada/fit',
  ...(entry === undefined ? {} : { entry }),
});

const memoryOf = (facts: Map<string, unknown>): Memory => ({
  get: (key) => facts.get(key),
  set: (key, value) => {
    // Persistent storage contains JSON, so tests must not rely on values that JSON does not preserve.
    if (value === undefined) facts.delete(key);
    else facts.set(key, JSON.parse(JSON.stringify(value)));
    return Promise.resolve();
  },
});

/** Data shared between windows; each call creates the view of one window. */
export function memoryStore(claims: Set<string>): JobStore {
  return {
    read: () => Promise.resolve([]),
    write: () => Promise.resolve(),
    claim: (key) => {
      const isFirst = !claims.has(key);
      claims.add(key);
      return Promise.resolve(isFirst);
    },
  };
}

function memoryDisk({ files, done }: Deeds): Disk {
  return {
    save: async (path, parts, signal, expected) => {
      const decoder = new TextDecoder();
      let text = '';
      for await (const part of parts) {
        signal.throwIfAborted();
        text += typeof part === 'string' ? part : decoder.decode(part, { stream: true });
      }
      signal.throwIfAborted();
      files.set(path, text);
      if (expected?.sha256 !== undefined) done.push(`check ${expected.sha256}`);
      if (expected?.bytes !== undefined) done.push(`check ${String(expected.bytes)} bytes`);
    },
    exists: (path) => Promise.resolve(files.has(path)),
    textOf: (path) => Promise.resolve(files.get(path)),
    isTar: () => Promise.resolve(false),
    unpack: (tar) => {
      done.push(`unpack ${tar}`);
      return Promise.resolve(tar.replace(/\.[^/]*$/, ''));
    },
    below: (folder, name) =>
      name.split('/').includes('..')
        ? Promise.reject(new JobError({ kind: 'unsafeName', name }))
        : Promise.resolve(`${folder}/${name}`),
    scratch: (key) => Promise.resolve(`/scratch/${key.replaceAll('/', '-')}`),
    exclude: (folder, path) => {
      done.push(`exclude ${folder} ${path}`);
      return Promise.resolve();
    },
  };
}

/** A plan with these files (bytes by path) and these excluded paths (rule by path). */
export function planOf(
  folder: string,
  files: Readonly<Record<string, number>>,
  behind: Readonly<Record<string, string>> = {},
  warnings: readonly string[] = [],
): Plan {
  const included = Object.entries(files).map(([path, bytes]) => ({
    path,
    type: 'file' as const,
    bytes,
    included: true,
  }));
  const excluded = Object.entries(behind).map(([path, rule], index) => ({
    path: path.replace(/\/$/, ''),
    type: path.endsWith('/') ? ('directory' as const) : ('file' as const),
    bytes: 0,
    included: false,
    rule,
    ruleFile: '.juliabundleignore',
    ruleLine: index + 1,
  }));
  return {
    folder,
    choices: [...included, ...excluded].sort((a, b) => (a.path < b.path ? -1 : 1)),
    files: included.length,
    bytes: included.reduce((sum, { bytes }) => sum + bytes, 0),
    warnings,
  };
}

/** The calls of a bundler, and which of its bundles were deleted. */
export interface Bundled {
  readonly bundler: Bundler;
  readonly packed: string[];
  readonly discarded: string[];
}

/** A bundler that packs these plans in order, the last one repeatedly. `bundle`: creates the tar. */
export function bundlerOf(
  first: Plan,
  ...rest: readonly (Plan | ((signal: AbortSignal) => Promise<Packing>))[]
): Bundled {
  const packed: string[] = [];
  const discarded: string[] = [];
  const queue = [first, ...rest];
  let last: Plan = first;
  const bundler: Bundler = {
    plan: () => Promise.resolve(first),
    pack: (folder, _limitBytes, _report, signal) => {
      packed.push(folder);
      const next = queue.shift() ?? last;
      if (typeof next === 'function') return next(signal);
      last = next;
      return Promise.resolve({ plan: next, bundle: Promise.resolve(bundleOf(next, packed.length)) });
    },
    discard: ({ file }) => {
      discarded.push(file);
      return Promise.resolve();
    },
  };
  return { bundler, packed, discarded };
}

const bundleOf = (plan: Plan, number: number): Bundle => ({
  file: `/tmp/bundle-${String(number)}.tar`,
  root: basename(plan.folder),
  files: plan.files,
  bytes: plan.bytes + 1024,
  sha256: '0'.repeat(64),
});
