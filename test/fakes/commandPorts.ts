import { basename } from 'node:path';
import type { EditorContext, OpenFolder, OpenScript } from '../../src/commands/editorContext.js';
import type { CommandDeps } from '../../src/commands/commandDeps.js';
import { getRowId, type JobTarget } from '../../src/commands/resolveTargets.js';
import type { UserInterface } from '../../src/commands/ui.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { Bundle } from '../../src/core/domain/jobSpec.js';
import type { Job } from '../../src/core/domain/job.js';
import type { JobMetadataStore } from '../../src/core/domain/jobMetadata.js';
import type { LanguageSupport } from '../../src/core/domain/language.js';
import type {
  FolderBundler,
  LocalDisk,
  JobStore,
  StateStore,
  PackJob,
  PackPlan,
} from '../../src/core/domain/ports.js';
import { JobError } from '../../src/core/domain/problem.js';
import { LogTailReader } from '../../src/commands/logTails.js';
import { ProgressTracker } from '../../src/core/jobs/progressTracker.js';
import { findFailure } from '../../src/languages/failures.js';
import { memoryDetails } from './details.js';
import { noon } from './jobs.js';
import { juliaLanguage } from './julia.js';

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
  readonly ui: UserInterface;
  readonly backends?: readonly Backend[];
  readonly jobs?: readonly JobTarget[];
  readonly desk?: Partial<EditorContext>;
  readonly bundler?: FolderBundler;
  readonly language?: Partial<LanguageSupport>;
  readonly facts?: Map<string, unknown>;
  readonly store?: JobStore;
  readonly metadata?: JobMetadataStore;
  readonly disk?: Partial<LocalDisk>;
  readonly choices?: Partial<CommandDeps['choices']>;
  readonly clock?: CommandDeps['clock'];
  /** Ids of the jobs that this window submitted, and of those whose logs it shows. */
  readonly submittedHere?: readonly string[];
  readonly visibleLogs?: readonly string[];
}

/** All ports of commands, with everything in memory. */
export function portsOf(world: World): CommandDeps & { readonly deeds: Deeds } {
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
  const details = memoryDetails(world.metadata);
  const clock = world.clock ?? { now: () => noon, sleep: () => Promise.resolve() };
  const log = {
    info: (text: string) => void deeds.logged.push(text),
    warn: (text: string) => void deeds.logged.push(text),
    error: (text: string) => void deeds.logged.push(text),
  };
  return {
    deeds,
    ui: world.ui,
    desk: { ...emptyDesk, ...world.desk },
    backends: () => world.backends ?? [...new Set(known.map(({ backend }) => backend))],
    bundler: world.bundler ?? bundlerOf(planOf('/home/ada/fit', {})).bundler,
    language: { ...juliaLanguage, ...world.language },
    jobs: {
      find: (row) =>
        known.find((target) => row === getRowId(target) || row.startsWith(`${getRowId(target)}/`)),
      all: () => known.filter((target) => arrayIn(known, target) === undefined),
      getTasks: (array) => known.filter((target) => arrayIn(known, target) === array.job),
      refresh: (connection) => did(`refresh ${connection ?? 'all'}`),
      include: (connection: string, job: Job) => void did(`include ${connection}/${job.id}`),
      watchUntilDone: (connection, id) => void did(`awaitEnd ${connection}/${id}`),
      isSubmittedHere: (target) => world.submittedHere?.includes(target.job.id) ?? false,
    },
    logs: {
      show: (target) => did(`log ${getRowId(target)}`),
      openInEditor: (target) => did(`logInEditor ${getRowId(target)}`),
      openInTerminal: (target) => did(`logInTerminal ${getRowId(target)}`),
      isVisible: (target) => world.visibleLogs?.includes(target.job.id) ?? false,
      forget: (target) => void did(`forget ${getRowId(target)}`),
    },
    tree: {
      select: (target) => did(`select ${getRowId(target)}`),
      selectConnection: (id) => did(`select ${id}`),
    },
    disk: { ...memoryDisk(deeds), ...world.disk },
    store: world.store ?? memoryStore(new Set()),
    details,
    logTails: new LogTailReader({
      details,
      progress: new ProgressTracker(clock),
      findFailure: (lines) => Promise.resolve(findFailure(lines)),
      log,
    }),
    memory: memoryOf(deeds.facts),
    clock,
    choices: { openLogAfterSubmit: () => true, notify: () => 'all', ...world.choices },
    log,
  };
}

/** The array of a target; undefined: it is not a task of a known array. */
const arrayIn = (known: readonly JobTarget[], { backend, job }: JobTarget): Job | undefined =>
  known.find((one) => one.backend === backend && one.job.tasks && one.job.id === job.parent)?.job;

const emptyDesk: EditorContext = {
  isTrusted: () => true,
  getScript: () => Promise.resolve(undefined),
  getFolder: () => Promise.resolve(undefined),
  listUnsaved: () => [],
  saveFiles: () => Promise.resolve(true),
  findWorkspaceFile: () => Promise.resolve(undefined),
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

const memoryOf = (facts: Map<string, unknown>): StateStore => ({
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

function memoryDisk({ files, done }: Deeds): LocalDisk {
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
    readText: (path) => Promise.resolve(files.get(path)),
    isTar: () => Promise.resolve(false),
    unpack: (tar) => {
      done.push(`unpack ${tar}`);
      return Promise.resolve(tar.replace(/\.[^/]*$/, ''));
    },
    resolveInside: (folder, name) =>
      name.split('/').includes('..')
        ? Promise.reject(new JobError({ kind: 'unsafeName', name }))
        : Promise.resolve(`${folder}/${name}`),
    getPreviewFolder: (key) => Promise.resolve(`/scratch/${key.replaceAll('/', '-')}`),
    appendIgnoreRule: (folder, path) => {
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
): PackPlan {
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
    decisions: [...included, ...excluded].sort((a, b) => (a.path < b.path ? -1 : 1)),
    files: included.length,
    bytes: included.reduce((sum, { bytes }) => sum + bytes, 0),
    warnings,
  };
}

/** The calls of a bundler, and which of its bundles were deleted. */
export interface Bundled {
  readonly bundler: FolderBundler;
  readonly packed: string[];
  readonly discarded: string[];
}

/** A bundler that packs these plans in order, the last one repeatedly. `bundle`: creates the tar. */
export function bundlerOf(
  first: PackPlan,
  ...rest: readonly (PackPlan | ((signal: AbortSignal) => Promise<PackJob>))[]
): Bundled {
  const packed: string[] = [];
  const discarded: string[] = [];
  const queue = [first, ...rest];
  let last: PackPlan = first;
  const bundler: FolderBundler = {
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

const bundleOf = (plan: PackPlan, number: number): Bundle => ({
  file: `/tmp/bundle-${String(number)}.tar`,
  root: basename(plan.folder),
  files: plan.files,
  bytes: plan.bytes + 1024,
  sha256: '0'.repeat(64),
});
