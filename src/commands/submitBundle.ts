import { listIncludedBySize } from '../core/presentation/bundleListing.js';
import { formatBytes } from '../core/presentation/formatting.js';
import type { PackJob, PackPlan } from '../core/domain/ports.js';
import type { JobId } from '../core/domain/job.js';
import { JobError } from '../core/domain/problem.js';
import { isScriptName } from '../core/domain/scriptFiles.js';
import type { Backend } from '../core/domain/backend.js';
import type { OpenFolder } from './editorContext.js';
import { runSubmissionDialog } from './submissionDialog.js';
import {
  createDraft,
  createOmittedLines,
  listMissingAnswers,
  rememberDraft,
  toJobRequest,
  type SubmissionDraft,
} from './submissionDraft.js';
import type { CommandDeps } from './commandDeps.js';
import { requireSignIn } from './requireSignIn.js';
import { createSubmitSteps, validateJobName } from './submitSteps.js';
import { runSubmission } from './submissionFailure.js';
import { submitOnce } from './afterSubmit.js';
import { raceAbort } from '../lib/abort.js';
import type { SubmissionValidation, ProgressCallback } from '../core/domain/jobSpec.js';
import { getBaseName, confirmExclude, createBundleLines } from './bundleReview.js';

type SubmitBundleDeps = Pick<
  CommandDeps,
  | 'ui'
  | 'desk'
  | 'backends'
  | 'bundler'
  | 'language'
  | 'jobs'
  | 'logs'
  | 'tree'
  | 'disk'
  | 'memory'
  | 'clock'
  | 'choices'
  | 'log'
  | 'details'
>;

/** Maximum size of a bundle, in bytes, where the backend sets no limit. */
const defaultLimitBytes = 2 ** 31;

/** Packs a folder, shows which files it includes and excludes, and submits it. */
export async function submitBundle(resource: unknown, ports: SubmitBundleDeps): Promise<void> {
  const { desk } = ports;
  if (!desk.isTrusted()) throw new JobError({ kind: 'untrusted' });
  const open = await desk.getFolder(resource);
  if (!open) return;
  if (!(await resolveUnsavedFiles(open, ports))) return;
  await submitFolder(open, undefined, ports);
}

/** `before`: the draft of an earlier attempt. Each scan packs the folder as it is then. */
async function submitFolder(
  open: OpenFolder,
  before: SubmissionDraft | undefined,
  ports: SubmitBundleDeps,
): Promise<void> {
  let draft = before;
  for (;;) {
    const stop = new AbortController();
    let packing: PackJob | undefined;
    try {
      packing = await startPacking(open, stop, ports);
      const decision = await reviewBundle(open, packing, draft, ports);
      draft = decision?.draft;
      if (decision?.kind === 'again') continue;
      if (decision) await sendBundle(open, decision, packing, ports);
      return;
    } finally {
      stop.abort();
      await packing?.bundle.then(
        (bundle) => ports.bundler.discard(bundle),
        () => undefined,
      );
    }
  }
}

/** Saves unsaved files, or continues with the saved ones; false: dismissed. */
async function resolveUnsavedFiles(open: OpenFolder, ports: SubmitBundleDeps): Promise<boolean> {
  const { desk, ui } = ports;
  const unsaved = desk.listUnsaved(open.folder);
  if (unsaved.length === 0) return true;
  const save = 'Save All';
  const send = 'Submit Saved Files';
  const answer = await ui.confirm(
    'Some files in the folder have unsaved changes.',
    `A bundle contains the saved files. Unsaved: ${unsaved.join(', ')}`,
    [save, send],
  );
  if (answer === save) return desk.saveFiles(open.folder);
  return answer === send;
}

/** Starts packing and resolves with the plan; the tar follows. Cancelled: AbortError. */
async function startPacking(
  open: OpenFolder,
  stop: AbortController,
  ports: SubmitBundleDeps,
): Promise<PackJob> {
  const { ui, bundler } = ports;
  const packing = await ui.progress(`Scanning ${open.folder}`, (signal) => {
    signal.addEventListener(
      'abort',
      () => {
        stop.abort();
      },
      { once: true },
    );
    return bundler.pack(open.folder, defaultLimitBytes, () => undefined, stop.signal);
  });
  // It can fail before the user submits; the failure is reported then.
  packing.bundle.catch(() => undefined);
  packing.completed?.catch(() => undefined);
  return packing;
}

/** `again`: the ignore rules changed, so the folder has to be scanned again. Undefined: dismissed. */
type BundleDecision =
  | {
      readonly kind: 'send' | 'again';
      readonly draft: SubmissionDraft;
      readonly validation?: SubmissionValidation | undefined;
    }
  | undefined;

/** Asks what `before`, the draft of the previous scan, does not answer, and shows the review. */
async function reviewBundle(
  open: OpenFolder,
  packing: PackJob,
  before: SubmissionDraft | undefined,
  ports: SubmitBundleDeps,
): Promise<BundleDecision> {
  const { ui } = ports;
  const { plan } = packing;
  const scripts = listScripts(plan, open);
  const title = `Submit ${getBaseName(open.folder)}`;
  const first = selectOnlyScript(before ?? createBundleDraft(open, ports), scripts);
  // An object, since it changes while the review is open.
  const rules: { changed: boolean } = { changed: false };
  const exclude = async (path: string): Promise<void> => {
    rules.changed = await confirmExclude(open, path, ports);
  };
  // Dependencies are resolved while the wizard is open.
  const current: BundleReviewState = { plan, isComplete: packing.completed === undefined, text: undefined };
  const ready = async ({ entry = '' }: SubmissionDraft): Promise<void> => {
    const { completed } = packing;
    current.text = await ports.disk.readText(`${open.folder}/${entry}`, maxReviewedScriptBytes);
    if (current.isComplete || !completed) return;
    const title = `Resolving ${ports.language.title} dependencies of ${getBaseName(open.folder)}`;
    current.plan = await ui.progress(title, (signal) => raceAbort(completed, signal));
    current.isComplete = true;
  };
  const decided = await runSubmissionDialog(ui, {
    initialDraft: first,
    prepareReview: ready,
    requireSignIn: (backend) => requireSignIn(backend, title, ports.backends().length > 1, ports),
    listMissing: (draft) => [
      ...(draft.entry !== undefined && scripts.includes(draft.entry) ? [] : ['script']),
      ...(validateJobName(draft.name) === undefined ? [] : ['name']),
      ...listMissingAnswers(draft, 'bundle'),
    ],
    listSteps: (draft) => createSubmitSteps(ui, title, ports.backends(), 'bundle', draft, { scripts }),
    getReview: ({ entry = '', ...draft }) => ({
      openScript: (line) => ui.openFile(`${open.folder}/${entry}`, line),
      title,
      work: { kind: 'bundle', entry, ...(current.text === undefined ? {} : { text: current.text }) },
      lines: () => [...createBundleLines(current.plan, exclude, ports), ...createOmittedLines(draft)],
      isOver: () => rules.changed,
      bundle: (signal) => raceAbort(packing.bundle, signal),
    }),
  });
  if (rules.changed && decided.draft) return { kind: 'again', draft: decided.draft };
  return decided.kind === 'send' ? decided : undefined;
}

/** The draft with the script of the folder if it has only one. */
function selectOnlyScript(draft: SubmissionDraft, scripts: readonly string[]): SubmissionDraft {
  const [entry] = scripts;
  if (draft.entry !== undefined || entry === undefined || scripts.length > 1) return draft;
  return { ...draft, entry, name: getBaseName(entry) };
}

/** Values that become known while the wizard is open. */
interface BundleReviewState {
  plan: PackPlan;
  isComplete: boolean;
  /** Text of the selected script. */
  text: string | undefined;
}

/** Maximum size of a script whose text is validated, in bytes. */
const maxReviewedScriptBytes = 1_048_576;

/** The wizard's initial draft. */
function createBundleDraft(open: OpenFolder, { backends, memory }: SubmitBundleDeps): SubmissionDraft {
  const remembered = createDraft(
    backends(),
    'bundle',
    open.key,
    getBaseName(open.folder),
    memory,
    open.entry,
  );
  if (!remembered) throw new JobError({ kind: 'invalid', why: 'No connection accepts folders.' });
  const entry = open.entry ?? remembered.entry;
  return entry === undefined ? remembered : { ...remembered, entry, name: getBaseName(entry) };
}

/** The scripts that can run, those at the top first. @throws if the script that was clicked is excluded. */
function listScripts(plan: PackPlan, open: OpenFolder): readonly string[] {
  const { entry } = open;
  if (entry !== undefined) {
    const choice = plan.decisions.find(
      ({ path, included, type }) =>
        path === entry || (!included && type === 'directory' && entry.startsWith(`${path}/`)),
    );
    if (choice && !choice.included) {
      const { rule = '.git', ruleFile = '.git', ruleLine = 0 } = choice;
      const { folder } = open;
      throw new JobError({ kind: 'scriptIgnored', folder, script: entry, rule, ruleFile, ruleLine });
    }
  }
  const depth = (path: string): number => path.split('/').length;
  const found = plan.decisions
    .filter(
      ({ path, included, type }) =>
        included &&
        type === 'file' &&
        ((isScriptName(path) && !path.startsWith('.bundle/')) || path === entry),
    )
    .map(({ path }) => path)
    .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  if (entry !== undefined && !found.includes(entry)) throw new JobError({ kind: 'gone', name: entry });
  if (found.length === 0) throw new JobError({ kind: 'noScript', folder: open.folder });
  return entry === undefined ? found : [entry, ...found.filter((path) => path !== entry)];
}

async function sendBundle(
  open: OpenFolder,
  { draft, validation }: NonNullable<BundleDecision>,
  packing: PackJob,
  ports: SubmitBundleDeps,
): Promise<void> {
  const { ui, memory } = ports;
  const { backend, entry } = draft;
  const { submit } = backend;
  if (!submit || entry === undefined) return;
  assertBundleSize(backend, packing.plan, ports.language.ignoreFileName);
  const request = toJobRequest(draft, 'bundle');
  // Stored before sending, so that the choices remain if the submission fails.
  await rememberDraft(memory, open.key, draft, 'bundle');
  const send = (): Promise<JobId> =>
    ui.progress(`Submitting ${draft.name} to ${backend.connection.title}`, async (signal, progress) => {
      const bundle = await raceAbort(packing.bundle, signal);
      const report: ProgressCallback = (done, of) => {
        progress(of ? done / of : undefined, formatBytes(done));
      };
      return submit.send({ ...request, kind: 'bundle', bundle, entry }, signal, report, validation);
    });
  await runSubmission(
    () => submitOnce(backend, draft.name, send, ports, { folder: open.folder }),
    () => submitFolder(open, draft, ports),
  );
}

function assertBundleSize(backend: Backend, plan: PackPlan, ignoreFile: string): void {
  const limitBytes = backend.capabilities.maxBundleBytes;
  if (limitBytes === undefined || plan.bytes <= limitBytes) return;
  const largest = listIncludedBySize(plan).slice(0, 5);
  throw new JobError({
    kind: 'tooBig',
    place: backend.connection.title,
    folder: plan.folder,
    bytes: plan.bytes,
    limitBytes,
    ignoreFile,
    largest,
  });
}
