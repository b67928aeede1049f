import type { JobSpec, Script, Validation } from '../core/domain/jobSpec.js';
import { bytesText } from '../core/presentation/duration.js';
import { JobError } from '../core/domain/problem.js';
import type { OpenScript } from './desk.js';
import { decideOn } from './deciding.js';
import {
  firstDraft,
  isDecided,
  omittedLines,
  recalledAnswers,
  remember,
  toRequest,
  type Draft,
} from './draft.js';
import type { ScriptEnvironments } from '../core/domain/language.js';
import { environmentsOf, type ChosenEnvironments } from './environments.js';
import type { Ports } from './ports.js';
import type { Line, Lines } from './review.js';
import { asksFor, wrongName } from './steps.js';
import { sendOnce } from './submitted.js';

type SubmitScriptDeps = Pick<
  Ports,
  'ui' | 'desk' | 'language' | 'backends' | 'jobs' | 'logs' | 'tree' | 'memory' | 'clock' | 'choices' | 'log'
>;

/** Maximum length of a script, in characters. Larger files belong in a bundle. */
const longestScript = 10_000_000;

/**
 * Submits the script with its current text and the choices last used for it. `isForeign`: called by a link or
 * another extension, so the user reviews the submission first.
 */
export async function submitScript(
  resource: unknown,
  ports: SubmitScriptDeps,
  isForeign = false,
): Promise<void> {
  const begun = await begin(resource, ports);
  if (!begun) return;
  const { open, draft } = begun;
  const mustAsk =
    isForeign ||
    encodingLines(open).length > 0 ||
    wrongName(draft.name) !== undefined ||
    !isDecided(draft, 'script');
  const mustShow = recalledAnswers(draft, 'script').length > 0;
  if (mustAsk || mustShow) await decide(open, draft, ports, !mustAsk);
  else await send(open, draft, ports);
}

/** Submits a script after all questions and the review. */
export async function submitScriptWithOptions(resource: unknown, ports: SubmitScriptDeps): Promise<void> {
  const begun = await begin(resource, ports);
  if (begun) await decide(begun.open, begun.draft, ports);
}

async function begin(
  resource: unknown,
  ports: SubmitScriptDeps,
): Promise<{ open: Frozen; draft: Draft } | undefined> {
  const { desk, memory } = ports;
  if (!desk.trusted()) throw new JobError({ kind: 'untrusted' });
  // Before the first await: the current text is what runs.
  const open = await desk.script(resource);
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
  if (script.text.length > longestScript) {
    throw new JobError({
      kind: 'invalid',
      why: `${script.name} is too large for a script (${bytesText(script.text.length)}). Submit its folder as a workspace instead.`,
    });
  }
  const draft = firstDraft(ports.backends(), 'script', open.key, script.name, memory, script.name);
  if (!draft) throw new JobError({ kind: 'invalid', why: 'No connection accepts scripts.' });
  const environments = environmentsOf(ports.language, await environmentsAround(open, ports));
  return { open: { ...open, environments }, draft: await recalled(draft, environments) };
}

/** The draft with the environment chosen last; with the nearest one if that no longer exists. */
async function recalled(draft: Draft, { read }: ScriptEnvironments): Promise<Draft> {
  const { environment, ...rest } = draft;
  if (environment === undefined || environment === '') return draft;
  return (await read(environment)) ? draft : rest;
}

/** Searches for environments only if a connection supports them. */
async function environmentsAround(
  { file }: OpenScript,
  { backends, language }: SubmitScriptDeps,
): Promise<ScriptEnvironments> {
  const isTaken = backends().some(({ capabilities }) => capabilities.language?.id === language.id);
  return isTaken ? language.findEnvironments(file) : { found: [], read: () => Promise.resolve(undefined) };
}

/** A script at the time of the command, with its available environments. */
interface Frozen extends OpenScript {
  readonly environments: ChosenEnvironments;
}

/** The script with the chosen environment, if its backend supports one. */
function withEnvironment({ script, environments }: Frozen, draft: Draft): Script {
  const { language } = draft.backend.capabilities;
  const environment = language?.id === environments.language.id ? environments.chosen(draft) : undefined;
  return environment ? { ...script, environment } : script;
}

/** A warning if the bytes sent differ from those of the file; empty if they do not. */
function encodingLines({ script, encoding }: OpenScript): readonly Line[] {
  const warning = true as const;
  const label = 'Encoding';
  if (encoding !== undefined && hasOtherBytes(script.text))
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
const hasOtherBytes = (text: string): boolean => /[^\u0000-\u007f]/.test(text);

/** @param isAnswered - True: start with the review. */
async function decide(
  open: Frozen,
  first: Draft,
  ports: SubmitScriptDeps,
  isAnswered = false,
): Promise<void> {
  const { ui } = ports;
  const { script, environments } = open;
  const title = `Submit ${script.name}`;
  const lines: Lines = () => [
    {
      label: 'Script',
      text: `${script.name} · ${bytesText(new TextEncoder().encode(script.text).length)}`,
    },
  ];
  const decided = await decideOn(ui, {
    first,
    isDecided: isAnswered,
    asks: (draft) =>
      asksFor(ui, title, ports.backends(), 'script', draft, { script: script.name, environments }),
    reviewed: (draft) => ({
      title,
      work: { kind: 'script', script: withEnvironment(open, draft) },
      lines: () => [...lines(), ...encodingLines(open), ...omittedLines(draft)],
      environment: { language: environments.language, folder: environments.chosen(draft)?.folder },
    }),
  });
  if (decided.kind === 'send') await send(open, decided.draft, ports, decided.validation);
}

/** @param reviewed - The validation from the review; undefined: the review was not shown. */
async function send(
  open: Frozen,
  draft: Draft,
  ports: SubmitScriptDeps,
  reviewed?: Validation,
): Promise<void> {
  const { ui, memory } = ports;
  const { backend } = draft;
  const { submit } = backend;
  if (!submit) return;
  const spec: JobSpec = {
    ...toRequest(draft, 'script'),
    kind: 'script',
    script: withEnvironment(open, draft),
  };
  // Stored before sending, so that the choices remain if the submission fails.
  await remember(memory, open.key, draft, 'script');
  await sendOnce(
    backend,
    draft.name,
    () =>
      ui.progress(`Submitting ${draft.name} to ${backend.connection.title}`, async (signal) => {
        const validation = reviewed ?? (await submit.validate?.(spec, signal));
        return submit.send(spec, signal, undefined, validation);
      }),
    ports,
  );
}
