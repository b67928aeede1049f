import type { JobSpec, Script, SubmissionValidation } from '../core/domain/jobSpec.js';
import { formatBytes } from '../core/presentation/formatting.js';
import type { Backend } from '../core/domain/backend.js';
import type { JobId } from '../core/domain/job.js';
import { JobError } from '../core/domain/problem.js';
import type { OpenScript } from './editorContext.js';
import { runSubmissionDialog } from './submissionDialog.js';
import {
  createDraft,
  isDraftComplete,
  createOmittedLines,
  listMissingAnswers,
  listRestoredAnswers,
  rememberDraft,
  toJobRequest,
  type SubmissionDraft,
} from './submissionDraft.js';
import type { ScriptEnvironments } from '../core/domain/language.js';
import { cacheEnvironments, type CachedEnvironments } from './environments.js';
import type { CommandDeps } from './commandDeps.js';
import { listRepeated, resetToDefaults } from './draftDefaults.js';
import { confirmRepeatedClick } from './repeatedClick.js';
import { requireSignIn, type SignInOutcome } from './requireSignIn.js';
import type { ReviewLine } from './review.js';
import { runSubmission } from './submissionFailure.js';
import { createSubmitSteps, validateJobName } from './submitSteps.js';
import { submitOnce } from './afterSubmit.js';

type SubmitScriptDeps = Pick<
  CommandDeps,
  | 'ui'
  | 'desk'
  | 'language'
  | 'backends'
  | 'jobs'
  | 'logs'
  | 'tree'
  | 'memory'
  | 'clock'
  | 'choices'
  | 'log'
  | 'details'
>;

/** Maximum length of a script, in characters. Larger files belong in a bundle. */
const maxScriptChars = 10_000_000;

/**
 * Submits the script with its current text and the choices last used for it. `isForeign`: called by a link or
 * another extension, so the user reviews the submission first.
 */
export async function submitScript(
  resource: unknown,
  ports: SubmitScriptDeps,
  isForeign = false,
): Promise<void> {
  const clicked = ports.clock.now();
  const begun = await prepareScript(resource, ports);
  if (begun) await submitPrepared(begun, clicked, ports, isForeign);
}

/** Submits the script like {@link submitScript}, but with the defaults instead of the last choices. */
export async function submitScriptWithDefaults(
  resource: unknown,
  ports: SubmitScriptDeps,
  isForeign = false,
): Promise<void> {
  const clicked = ports.clock.now();
  const begun = await prepareScript(resource, ports);
  if (!begun) return;
  await submitPrepared(
    { ...begun, draft: resetToDefaults(begun.draft, 'script') },
    clicked,
    ports,
    isForeign,
  );
}

/** Submits a script after the review. */
export async function submitScriptWithOptions(resource: unknown, ports: SubmitScriptDeps): Promise<void> {
  const begun = await prepareScript(resource, ports);
  if (begun) await reviewScript(begun.open, begun.draft, ports);
}

async function submitPrepared(
  { open, draft }: PreparedScript,
  clicked: Date,
  ports: SubmitScriptDeps,
  isForeign: boolean,
): Promise<void> {
  if (!(await confirmRepeatedClick(open.script.name, [open.key, open.script.text], clicked, ports))) return;
  const mustAsk =
    isForeign ||
    createEncodingLines(open).length > 0 ||
    validateJobName(draft.name) !== undefined ||
    !isDraftComplete(draft, 'script') ||
    listRestoredAnswers(draft, 'script').length > 0;
  if (mustAsk) return reviewScript(open, draft, ports);
  const outcome = await requireSignInFor(open, draft.backend, ports);
  if (outcome === 'other') return reviewScript(open, draft, ports);
  if (outcome === 'signedIn') await sendDraft(open, draft, ports);
}

const requireSignInFor = (
  { script }: OpenScript,
  backend: Backend,
  ports: SubmitScriptDeps,
): Promise<SignInOutcome> =>
  requireSignIn(backend, `Submit ${script.name}`, ports.backends().length > 1, ports);

/** A script and the first draft of its submission. */
interface PreparedScript {
  readonly open: ScriptSnapshot;
  readonly draft: SubmissionDraft;
}

async function prepareScript(
  resource: unknown,
  ports: SubmitScriptDeps,
): Promise<PreparedScript | undefined> {
  const { desk, memory } = ports;
  if (!desk.isTrusted()) throw new JobError({ kind: 'untrusted' });
  // Before the first await: the current text is what runs.
  const open = await desk.getScript(resource);
  if (!open)
    throw new JobError({
      kind: 'invalid',
      why: 'Open a script first, or right-click one in the Explorer.',
    });
  const { script } = open;
  if (script.text.trim() === '') {
    throw new JobError({
      kind: 'invalid',
      why: `${script.name} is empty; there is nothing to run.`,
    });
  }
  if (script.text.length > maxScriptChars) {
    throw new JobError({
      kind: 'invalid',
      why: `${script.name} is too large for a script (${formatBytes(script.text.length)}). Submit its folder as a workspace instead.`,
    });
  }
  const draft = createDraft(ports.backends(), 'script', open.key, script.name, memory, script.name);
  if (!draft) throw new JobError({ kind: 'invalid', why: 'No connection accepts scripts.' });
  const environments = cacheEnvironments(ports.language, await findScriptEnvironments(open, ports));
  return { open: { ...open, environments }, draft: await restoreEnvironment(draft, environments) };
}

/** The draft with the environment chosen last; with the nearest one if that no longer exists. */
async function restoreEnvironment(
  draft: SubmissionDraft,
  { read }: ScriptEnvironments,
): Promise<SubmissionDraft> {
  const { environment, ...rest } = draft;
  if (environment === undefined || environment === '') return draft;
  return (await read(environment)) ? draft : rest;
}

/** Searches for environments only if a connection supports them. */
async function findScriptEnvironments(
  { file }: OpenScript,
  { backends, language }: SubmitScriptDeps,
): Promise<ScriptEnvironments> {
  const isTaken = backends().some(({ capabilities }) => capabilities.language?.id === language.id);
  return isTaken ? language.findEnvironments(file) : { found: [], read: () => Promise.resolve(undefined) };
}

/** A script at the time of the command, with its available environments. */
interface ScriptSnapshot extends OpenScript {
  readonly environments: CachedEnvironments;
}

/** The script with the chosen environment, if its backend supports one. */
function toScript({ script, environments }: ScriptSnapshot, draft: SubmissionDraft): Script {
  const { language } = draft.backend.capabilities;
  const environment = language?.id === environments.language.id ? environments.getChosen(draft) : undefined;
  return environment ? { ...script, environment } : script;
}

/** A warning if the bytes sent differ from those of the file; empty if they do not. */
function createEncodingLines({ script, encoding }: OpenScript): readonly ReviewLine[] {
  const warning = true as const;
  const label = 'Encoding';
  if (encoding !== undefined && hasNonAscii(script.text))
    return [{ label, text: `The file is encoded in ${encoding}; the script is sent as UTF-8.`, warning }];
  // VS Code shows this character for bytes that are invalid in the file's encoding.
  if (script.text.includes('\ufffd'))
    return [
      {
        label,
        text: 'Some characters could not be decoded (�); they are sent as shown.',
        warning,
      },
    ];
  return [];
}

/** True if a text has different bytes in other encodings, i.e. is not all ASCII. */
// eslint-disable-next-line no-control-regex -- all of ASCII, control characters included.
const hasNonAscii = (text: string): boolean => /[^\u0000-\u007f]/.test(text);

async function reviewScript(
  open: ScriptSnapshot,
  first: SubmissionDraft,
  ports: SubmitScriptDeps,
): Promise<void> {
  const { ui } = ports;
  const { script, environments, file } = open;
  const title = `Submit ${script.name}`;
  const size = formatBytes(new TextEncoder().encode(script.text).length);
  const content: ReviewLine = { label: 'Script', text: `${script.name} · ${size}` };
  const decided = await runSubmissionDialog(ui, {
    initialDraft: first,
    requireSignIn: (backend) => requireSignInFor(open, backend, ports),
    listMissing: (draft) => [
      ...(validateJobName(draft.name) === undefined ? [] : ['name']),
      ...listMissingAnswers(draft, 'script'),
    ],
    listSteps: (draft) =>
      createSubmitSteps(ui, title, ports.backends(), 'script', draft, { script: script.name, environments }),
    getReview: (draft) => ({
      title,
      work: { kind: 'script', script: toScript(open, draft) },
      lines: () => [content, ...createEncodingLines(open), ...createOmittedLines(draft)],
      environment: { language: environments.language, folder: environments.getChosen(draft)?.folder },
      ...(file === undefined ? {} : { openScript: (line) => ui.openFile(file, line) }),
    }),
  });
  if (decided.kind === 'send') await sendDraft(open, decided.draft, ports, decided);
}

/** @param reviewed - The result of the review; undefined: the review was not shown. */
async function sendDraft(
  open: ScriptSnapshot,
  draft: SubmissionDraft,
  ports: SubmitScriptDeps,
  reviewed?: { readonly validation: SubmissionValidation | undefined },
): Promise<void> {
  const { ui, memory } = ports;
  const { backend } = draft;
  const { submit } = backend;
  if (!submit) return;
  const spec: JobSpec = {
    ...toJobRequest(draft, 'script'),
    kind: 'script',
    script: toScript(open, draft),
  };
  const repeated = reviewed ? [] : listRepeated(draft, 'script');
  // Stored before sending, so that the choices remain if the submission fails.
  await rememberDraft(memory, open.key, draft, 'script');
  const send = (): Promise<JobId> =>
    ui.progress(`Submitting ${draft.name} to ${backend.connection.title}`, async (signal) => {
      const validation = reviewed?.validation ?? (await submit.validate?.(spec, signal));
      return submit.send(spec, signal, undefined, validation);
    });
  await runSubmission(
    () => submitOnce(backend, draft.name, send, ports, { repeated, ...toFolder(open.file) }),
    () => reviewScript(open, draft, ports),
  );
}

const toFolder = (file: string | undefined): { readonly folder?: string } =>
  file === undefined ? {} : { folder: file.replace(/[\\/][^\\/]*$/, '') || '/' };
