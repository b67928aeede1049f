import type { QuestionAnswers, Question } from '../core/domain/questions.js';
import type { Connection } from '../core/domain/connection.js';
import type { BackendProvider } from '../core/domain/provider.js';
import { resolveAnswers, listVisibleQuestions } from '../core/domain/questions.js';
import { askQuestion } from './askQuestion.js';
import type { UserInterface } from './ui.js';
import { runWizard, type WizardStep } from './wizard.js';

/** The configured connections, without the built-in one. */
export interface ConnectionStore {
  readonly providers: readonly BackendProvider[];
  readonly read: () => readonly Connection[];
  readonly write: (connections: readonly Connection[]) => Promise<void>;
}

interface ConnectionDraft {
  readonly title: string;
  readonly settings: QuestionAnswers;
}

/**
 * Prompts for the kind, settings, and title of a new connection, and adds it. Returns its id; undefined:
 * dismissed.
 */
export async function addConnection(
  ui: UserInterface,
  connections: ConnectionStore,
): Promise<string | undefined> {
  const items = connections.providers.map((kind) => ({
    value: kind,
    label: kind.title,
    icon: kind.icon,
    detail: kind.detail,
  }));
  const picked = await ui.pick({ title: 'Add Connection' }, items, 'Choose a backend');
  if (picked.kind !== 'value') return undefined;
  const kind = picked.value;
  const title = `Add ${kind.title} Connection`;
  const draft = await askConnection(ui, title, kind, connections.read(), { title: '', settings: {} });
  if (!draft) return undefined;
  const id = createConnectionId(kind.kind, connections.read());
  const connection = {
    id,
    kind: kind.kind,
    title: draft.title,
    settings: resolveAnswers(kind.questions, draft.settings),
  };
  await connections.write([...connections.read(), connection]);
  return id;
}

/**
 * Prompts for the settings and the title of a configured connection again, starting from the present ones. The
 * connection keeps its id, and with it everything that is stored about its jobs. Returns the id; undefined: dismissed.
 */
export async function editConnection(
  id: string | undefined,
  ui: UserInterface,
  connections: ConnectionStore,
): Promise<string | undefined> {
  const all = connections.read();
  const chosen = all.find((connection) => connection.id === id) ?? (await pickConnection('edit', all, ui));
  const kind = connections.providers.find((one) => one.kind === chosen?.kind);
  if (!chosen || !kind) return undefined;
  const asked = new Set(kind.questions.map((question) => question.id));
  const before = Object.entries(chosen.settings);
  const answers = before.flatMap(([name, value]) =>
    asked.has(name) && ['string', 'number', 'boolean'].includes(typeof value) ? [[name, String(value)]] : [],
  );
  const others = connections.read().filter((connection) => connection.id !== chosen.id);
  const draft = await askConnection(ui, `Edit ${chosen.title}`, kind, others, {
    title: chosen.title,
    settings: Object.fromEntries(answers) as QuestionAnswers, // SAFETY: pairs of a name and a text.
  });
  if (!draft) return undefined;
  const settings = {
    ...Object.fromEntries(before.filter(([name]) => !asked.has(name))),
    ...resolveAnswers(kind.questions, draft.settings),
  };
  // The setting may have changed while the dialog was open.
  const next = connections
    .read()
    .map((one) => (one.id === chosen.id ? { ...one, title: draft.title, settings } : one));
  await connections.write(next);
  return chosen.id;
}

/** Asks for the settings and the title of a connection; undefined: dismissed. `others`: whose titles are taken. */
const askConnection = (
  ui: UserInterface,
  title: string,
  kind: BackendProvider,
  others: readonly Connection[],
  initial: ConnectionDraft,
): Promise<ConnectionDraft | undefined> =>
  runWizard<ConnectionDraft>(
    ({ settings }) => [
      ...listVisibleQuestions(kind.questions, settings).map(({ question }) =>
        createSettingStep(ui, title, kind, question),
      ),
      createTitleStep(ui, title, kind, others),
    ],
    initial,
    { isReviewed: false },
  );

/** Removes a configured connection after confirmation. Its jobs keep running. */
export async function removeConnection(
  id: string | undefined,
  ui: UserInterface,
  connections: ConnectionStore,
): Promise<void> {
  const all = connections.read();
  const chosen = all.find((connection) => connection.id === id) ?? (await pickConnection('remove', all, ui));
  if (!chosen) return;
  const remove = 'Remove Connection';
  const detail = 'Running jobs continue and stay on the server. Add the connection again to see them.';
  if ((await ui.confirm(`Remove ${chosen.title}?`, detail, [remove])) !== remove) return;
  await connections.write(connections.read().filter((connection) => connection.id !== chosen.id));
}

async function pickConnection(
  purpose: 'edit' | 'remove',
  all: readonly Connection[],
  ui: UserInterface,
): Promise<Connection | undefined> {
  if (all.length === 0) {
    await ui.showMessage(
      'info',
      purpose === 'remove'
        ? 'There is no connection to remove. Local cannot be removed.'
        : 'There is no connection to edit. Local has only settings.',
      [],
    );
    return undefined;
  }
  const items = all.map((connection) => ({
    value: connection,
    label: connection.title,
    description: connection.kind,
  }));
  const answer = await ui.pick(
    { title: purpose === 'remove' ? 'Remove Connection' : 'Edit Connection' },
    items,
  );
  return answer.kind === 'value' ? answer.value : undefined;
}

function createSettingStep(
  ui: UserInterface,
  title: string,
  { questions }: BackendProvider,
  question: Question,
): WizardStep<ConnectionDraft> {
  return {
    id: question.id,
    run: async (draft, at) => {
      const step = { ...at, title: `${title}: ${question.title}` };
      const answer = await askQuestion(ui, step, question, resolveAnswers(questions, draft.settings));
      if (answer.kind !== 'value') return answer;
      const settings = { ...draft.settings, [question.id]: answer.value };
      return { kind: 'value', value: { ...draft, settings } };
    },
  };
}

function createTitleStep(
  ui: UserInterface,
  title: string,
  { questions, getTitle: titleOf }: BackendProvider,
  all: readonly Connection[],
): WizardStep<ConnectionDraft> {
  return {
    id: 'title',
    run: async (draft, at) => {
      const answer = await ui.input(
        { ...at, title: `${title}: Title` },
        {
          initial: draft.title || (titleOf?.(resolveAnswers(questions, draft.settings)) ?? ''),
          prompt: 'Name in the side bar',
          validate: (text) => validateTitle(text, all),
        },
      );
      if (answer.kind !== 'value') return answer;
      return { kind: 'value', value: { ...draft, title: answer.value.trim() } };
    },
  };
}

function validateTitle(text: string, all: readonly Connection[]): string | undefined {
  const title = text.trim();
  if (title === '') return 'A connection needs a title.';
  const taken =
    title.toLowerCase() === 'local' || all.some((other) => other.title.toLowerCase() === title.toLowerCase());
  return taken ? 'Another connection already has this title.' : undefined;
}

function createConnectionId(kind: string, all: readonly Connection[]): string {
  for (let number = 2; ; number++) {
    const id = `${kind}-${String(number)}`;
    if (!all.some((connection) => connection.id === id)) return id;
  }
}
