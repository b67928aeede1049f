import { largestFirst } from '../core/presentation/bundleListing.js';
import { bytesText } from '../core/presentation/duration.js';
import type { Packing, Plan } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { isScriptName } from '../core/domain/scriptFiles.js';
import type { Backend } from '../core/domain/backend.js';
import type { OpenFolder } from './desk.js';
import { decideOn } from './deciding.js';
import { firstDraft, omittedLines, remember, toRequest, type Draft } from './draft.js';
import type { Ports } from './ports.js';
import { asksFor } from './steps.js';
import { sendOnce } from './submitted.js';
import { raceAbort } from '../lib/abort.js';
import type { Validation, Report } from '../core/domain/jobSpec.js';
import { baseName, excludeAsked, bundleLines } from './bundleReview.js';

type SubmitBundleDeps = Pick<
  Ports,
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
>;

/** Maximum size of a bundle, in bytes, where the backend sets no limit. */
const defaultLimitBytes = 2 ** 31;

/** Packs a folder, shows which files it includes and excludes, and submits it. */
export async function submitBundle(resource: unknown, ports: SubmitBundleDeps): Promise<void> {
  const { desk } = ports;
  if (!desk.trusted()) throw new JobError({ kind: 'untrusted' });
  const open = await desk.folder(resource);
  if (!open) return;
  if (!(await settleUnsaved(open, ports))) return;
  let draft: Draft | undefined;
  for (;;) {
    const stop = new AbortController();
    let packing: Packing | undefined;
    try {
      packing = await pack(open, stop, ports);
      const decision = await decide(open, packing, draft, ports);
      draft = decision?.draft;
      if (decision?.kind === 'again') continue;
      if (decision) await send(open, decision, packing, ports);
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
async function settleUnsaved(open: OpenFolder, ports: SubmitBundleDeps): Promise<boolean> {
  const { desk, ui } = ports;
  const unsaved = desk.unsavedIn(open.folder);
  if (unsaved.length === 0) return true;
  const save = 'Save All';
  const send = 'Submit Saved Files';
  const answer = await ui.ask(
    'Some files in the folder have unsaved changes.',
    `A bundle contains the saved files. Unsaved: ${unsaved.join(', ')}`,
    [save, send],
  );
  if (answer === save) return desk.saveIn(open.folder);
  return answer === send;
}

/** Starts packing and resolves with the plan; the tar follows. Cancelled: AbortError. */
async function pack(open: OpenFolder, stop: AbortController, ports: SubmitBundleDeps): Promise<Packing> {
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
type Decided =
  | { readonly kind: 'send' | 'again'; readonly draft: Draft; readonly validation?: Validation | undefined }
  | undefined;

/** Asks what `before`, the draft of the previous scan, does not answer, and shows the review. */
async function decide(
  open: OpenFolder,
  packing: Packing,
  before: Draft | undefined,
  ports: SubmitBundleDeps,
): Promise<Decided> {
  const { ui } = ports;
  const { plan } = packing;
  const scripts = scriptsIn(plan, open);
  const title = `Submit ${baseName(open.folder)}`;
  const first = before ?? begun(open, ports);
  // An object, since it changes while the review is open.
  const rules: { changed: boolean } = { changed: false };
  const exclude = async (path: string): Promise<void> => {
    rules.changed = await excludeAsked(open, path, ports);
  };
  // Dependencies are resolved while the wizard is open.
  const current: Current = { plan, isComplete: packing.completed === undefined, text: undefined };
  const ready = async ({ entry = '' }: Draft): Promise<void> => {
    const { completed } = packing;
    current.text = await ports.disk.textOf(`${open.folder}/${entry}`, mostScriptBytes);
    if (current.isComplete || !completed) return;
    const title = `Resolving ${ports.language.title} dependencies of ${baseName(open.folder)}`;
    current.plan = await ui.progress(title, (signal) => raceAbort(completed, signal));
    current.isComplete = true;
  };
  const decided = await decideOn(ui, {
    first,
    ready,
    isDecided: before?.entry !== undefined && scripts.includes(before.entry),
    asks: (draft) => asksFor(ui, title, ports.backends(), 'bundle', draft, { scripts }),
    reviewed: ({ entry = '', ...draft }) => ({
      title,
      work: { kind: 'bundle', entry, ...(current.text === undefined ? {} : { text: current.text }) },
      lines: () => [...bundleLines(current.plan, exclude, ports), ...omittedLines(draft)],
      isOver: () => rules.changed,
      bundle: (signal) => raceAbort(packing.bundle, signal),
    }),
  });
  if (rules.changed && decided.draft) return { kind: 'again', draft: decided.draft };
  return decided.kind === 'send' ? decided : undefined;
}

/** Values that become known while the wizard is open. */
interface Current {
  plan: Plan;
  isComplete: boolean;
  /** Text of the selected script. */
  text: string | undefined;
}

/** Maximum size of a script whose text is validated, in bytes. */
const mostScriptBytes = 1_048_576;

/** The wizard's initial draft. */
function begun(open: OpenFolder, { backends, memory }: SubmitBundleDeps): Draft {
  const remembered = firstDraft(backends(), 'bundle', open.key, baseName(open.folder), memory, open.entry);
  if (!remembered) throw new JobError({ kind: 'invalid', why: 'No connection accepts folders.' });
  const entry = open.entry ?? remembered.entry;
  return entry === undefined ? remembered : { ...remembered, entry, name: baseName(entry) };
}

/** The scripts that can run, those at the top first. @throws if the script that was clicked is excluded. */
function scriptsIn(plan: Plan, open: OpenFolder): readonly string[] {
  const { entry } = open;
  if (entry !== undefined) {
    const choice = plan.choices.find(
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
  const found = plan.choices
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

async function send(
  open: OpenFolder,
  { draft, validation }: NonNullable<Decided>,
  packing: Packing,
  ports: SubmitBundleDeps,
): Promise<void> {
  const { ui, memory } = ports;
  const { backend, entry } = draft;
  const { submit } = backend;
  if (!submit || entry === undefined) return;
  refuseTooBig(backend, packing.plan, ports.language.ignoreFileName);
  const request = toRequest(draft, 'bundle');
  // Stored before sending, so that the choices remain if the submission fails.
  await remember(memory, open.key, draft, 'bundle');
  await sendOnce(
    backend,
    draft.name,
    () =>
      ui.progress(`Submitting ${draft.name} to ${backend.connection.title}`, async (signal, progress) => {
        const bundle = await raceAbort(packing.bundle, signal);
        const report: Report = (done, of) => {
          progress(of ? done / of : undefined, bytesText(done));
        };
        return submit.send({ ...request, kind: 'bundle', bundle, entry }, signal, report, validation);
      }),
    ports,
  );
}

function refuseTooBig(backend: Backend, plan: Plan, ignoreFile: string): void {
  const limitBytes = backend.capabilities.maxBundleBytes;
  if (limitBytes === undefined || plan.bytes <= limitBytes) return;
  const largest = largestFirst(plan).slice(0, 5);
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
