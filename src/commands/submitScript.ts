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

/** What it needs of the editor and of the jobs. */
type SubmitScriptDeps = Pick<
  Ports,
  'ui' | 'desk' | 'language' | 'backends' | 'jobs' | 'logs' | 'tree' | 'memory' | 'clock' | 'choices' | 'log'
>;

/** The largest script, in characters: more is data, and belongs into a bundle. */
const longestScript = 10_000_000;

/**
 * Sends the script that was clicked, as it stood at the click, with the choices last used for it. `isForeign`: a link or
 * another extension asks for it, so that the user sees first what would be sent.
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

/** Asks for everything first, and shows what will be sent. */
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
  // Before anything is awaited: the text as it stands now is what runs.
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

/** The draft with the environment chosen last, read as it is; with the nearest one where that is there no more. */
async function recalled(draft: Draft, { read }: ScriptEnvironments): Promise<Draft> {
  const { environment, ...rest } = draft;
  if (environment === undefined || environment === '') return draft;
  return (await read(environment)) ? draft : rest;
}

/** Looked for only where some connection takes them. */
async function environmentsAround(
  { file }: OpenScript,
  { backends, language }: SubmitScriptDeps,
): Promise<ScriptEnvironments> {
  const isTaken = backends().some(({ capabilities }) => capabilities.language?.id === language.id);
  return isTaken ? language.findEnvironments(file) : { found: [], read: () => Promise.resolve(undefined) };
}

/** A script as it stood at the click, with the environments it may be sent with. */
interface Frozen extends OpenScript {
  readonly environments: ChosenEnvironments;
}

/** The script with the environment that was chosen, where its backend takes one. */
function withEnvironment({ script, environments }: Frozen, draft: Draft): Script {
  const { language } = draft.backend.capabilities;
  const environment = language?.id === environments.language.id ? environments.chosen(draft) : undefined;
  return environment ? { ...script, environment } : script;
}

/** The review's line where what is sent is not what the file has, byte for byte; none where it is. */
function encodingLines({ script, encoding }: OpenScript): readonly Line[] {
  const warning = true as const;
  const label = 'Encoding';
  if (encoding !== undefined && hasOtherBytes(script.text))
    return [{ label, text: `The file is encoded in ${encoding}; the script is sent as UTF-8.`, warning }];
  // VS Code shows it for bytes that are not in the encoding it reads a file with.
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

/** True where a text has other bytes in other encodings: more than ASCII. */
// eslint-disable-next-line no-control-regex -- all of ASCII, control characters included.
const hasOtherBytes = (text: string): boolean => /[^\u0000-\u007f]/.test(text);

/** @param isAnswered - True: it begins with the review. */
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

/** @param reviewed - What the review has found; undefined: it was not shown. */
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
  // Before sending, so that what was typed is there again where the submission fails.
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
