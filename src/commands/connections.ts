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
  const draft = await runWizard<ConnectionDraft>(
    ({ settings }) => [
      ...listVisibleQuestions(kind.questions, settings).map(({ question }) =>
        createSettingStep(ui, title, kind, question),
      ),
      createTitleStep(ui, title, kind, connections.read()),
    ],
    { title: '', settings: {} },
    { isReviewed: false },
  );
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

/** Removes a configured connection after confirmation. Its jobs keep running. */
export async function removeConnection(
  id: string | undefined,
  ui: UserInterface,
  connections: ConnectionStore,
): Promise<void> {
  const all = connections.read();
  const chosen = all.find((connection) => connection.id === id) ?? (await pickConnectionToRemove(all, ui));
  if (!chosen) return;
  const remove = 'Remove Connection';
  const detail = 'Running jobs continue and stay on the server. Add the connection again to see them.';
  if ((await ui.confirm(`Remove ${chosen.title}?`, detail, [remove])) !== remove) return;
  await connections.write(connections.read().filter((connection) => connection.id !== chosen.id));
}

async function pickConnectionToRemove(
  all: readonly Connection[],
  ui: UserInterface,
): Promise<Connection | undefined> {
  if (all.length === 0) {
    await ui.showMessage('info', 'There is no connection to remove. Local cannot be removed.', []);
    return undefined;
  }
  const items = all.map((connection) => ({
    value: connection,
    label: connection.title,
    description: connection.kind,
  }));
  const answer = await ui.pick({ title: 'Remove Connection' }, items);
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
