import type {
  StepAnswer,
  InputField,
  PickItem,
  TextPreview,
  ProgressReporter,
  StepPosition,
  UserInterface,
  MessageSeverity,
} from '../../src/commands/ui.js';

/** Matched as a whole, or by a pattern. */
export type Match = string | RegExp;

/** One interaction that a test expects, and the user's reaction. */
export type Expected =
  | { readonly kind: 'pick'; readonly title: Match; readonly label: Match }
  | {
      readonly kind: 'pickMany';
      readonly title: Match;
      readonly labels: readonly string[];
      readonly text?: string;
    }
  | { readonly kind: 'type'; readonly title: Match; readonly texts: readonly string[] }
  | { readonly kind: 'keep'; readonly title: Match }
  | { readonly kind: 'back'; readonly title: Match }
  | { readonly kind: 'leave'; readonly title: Match }
  | { readonly kind: 'ask'; readonly title: Match; readonly button: string | undefined }
  | { readonly kind: 'saveAs'; readonly title: Match; readonly path: string | undefined }
  | { readonly kind: 'chooseFolder'; readonly title: Match; readonly path: string | undefined }
  | { readonly kind: 'press'; readonly title: Match; readonly button: string }
  | { readonly kind: 'stop'; readonly title: Match }
  | { readonly kind: 'meanwhile'; readonly title: Match; readonly run: () => void };

/** Selects the line with this label in a list. */
export const picks = (title: Match, label: Match): Expected => ({ kind: 'pick', title, label });
/** Selects exactly these lines of a list, and types a text where that is part of the answer. */
export const ticks = (title: Match, labels: readonly string[], text?: string): Expected => ({
  kind: 'pickMany',
  title,
  labels,
  ...(text === undefined ? {} : { text }),
});
/** Enters one text after the other until one is accepted; the last one must be accepted. */
export const types = (title: Match, ...texts: readonly string[]): Expected => ({
  kind: 'type',
  title,
  texts,
});
/** Accepts the current value of a field, or the current selection of a list. */
export const keeps = (title: Match): Expected => ({ kind: 'keep', title });
/** Presses the back button of a step. */
export const goesBack = (title: Match): Expected => ({ kind: 'back', title });
/** Dismisses a step. */
export const leaves = (title: Match): Expected => ({ kind: 'leave', title });
/** Answers a modal dialog with a button; undefined: dismisses it. */
export const answers = (title: Match, button: string | undefined): Expected => ({
  kind: 'ask',
  title,
  button,
});
/** Selects a file to write; undefined: dismisses the dialog. */
export const saves = (title: Match, path: string | undefined): Expected => ({ kind: 'saveAs', title, path });
/** Selects a folder; undefined: dismisses the dialog. */
export const choosesFolder = (title: Match, path: string | undefined): Expected => ({
  kind: 'chooseFolder',
  title,
  path,
});
/** Presses a button of a message, whenever the message appears; other messages are ignored. */
export const presses = (title: Match, button: string): Expected => ({ kind: 'press', title, button });
/** Cancels a long operation as soon as it has started, whenever that is. */
export const stops = (title: Match): Expected => ({ kind: 'stop', title });
/** Runs a callback just before a step is answered. */
export const meanwhile = (title: Match, run: () => void): Expected => ({ kind: 'meanwhile', title, run });

/** A step as it was shown. */
export interface Shown extends StepPosition {
  readonly kind: 'pick' | 'pickMany' | 'type';
  readonly labels: readonly string[];
  readonly items: readonly PickItem<unknown>[];
  readonly field?: InputField;
}

/** A non-modal message. */
export interface Told {
  readonly weight: MessageSeverity;
  readonly text: string;
  readonly buttons: readonly string[];
}

/** Everything that a scripted user interface showed. */
export interface Seen {
  readonly steps: readonly Shown[];
  readonly questions: readonly {
    readonly text: string;
    readonly detail: string;
    readonly buttons: readonly string[];
    readonly keep?: string;
  }[];
  readonly told: readonly Told[];
  readonly papers: readonly TextPreview[];
  readonly copied: readonly string[];
  readonly revealed: readonly string[];
  readonly opened: readonly { readonly path: string; readonly line?: number }[];
  readonly followed: readonly string[];
  /** Addresses opened in the browser. */
  readonly browsed: readonly string[];
  /** Titles of operations with a progress notification. */
  readonly ran: readonly string[];
  /** Validation messages below a field while an invalid text was entered. */
  readonly complaints: readonly string[];
  /** The suggested names in save dialogs. */
  readonly proposed: readonly string[];
  /** Expected interactions that have not occurred. */
  readonly left: () => readonly Expected[];
}

type Kept<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

const fits = (match: Match, text: string): boolean =>
  typeof match === 'string' ? match === text : match.test(text);

/** These kinds are used whenever they appear in the script; the others must occur in order. */
const anyTime = new Set<Expected['kind']>(['press', 'stop']);

/**
 * A user interface with a user who follows a script. Everything that the script does not expect is an error.
 */
export function scriptedUi(...script: readonly Expected[]): {
  readonly ui: UserInterface;
  readonly seen: Seen;
} {
  const inOrder = script.filter(({ kind }) => !anyTime.has(kind));
  const later = script.filter(({ kind }) => anyTime.has(kind));
  const seen: Kept<Seen> = {
    steps: [],
    questions: [],
    told: [],
    papers: [],
    copied: [],
    revealed: [],
    opened: [],
    followed: [],
    browsed: [],
    ran: [],
    complaints: [],
    proposed: [],
    left: () => [...inOrder, ...later],
  };

  /** The next interaction of the script, which must have one of these kinds and this title. */
  function next<K extends Expected['kind']>(
    kinds: readonly K[],
    title: string,
  ): Extract<Expected, { kind: K }> {
    for (;;) {
      const expected = inOrder.shift();
      if (expected && fits(expected.title, title)) {
        if (expected.kind === 'meanwhile') {
          expected.run();
          continue;
        }
        const found = kinds.find((kind) => kind === expected.kind);
        if (found) return expected as Extract<Expected, { kind: K }>; // SAFETY: its kind is one of these.
      }
      const wanted = expected ? `${expected.kind} at ${String(expected.title)}` : 'nothing more';
      throw new Error(`"${title}" (${kinds[0] ?? ''}) was not expected; the script has ${wanted}`);
    }
  }

  function takeLater<K extends 'press' | 'stop'>(
    kind: K,
    title: string,
    isFit: (one: Extract<Expected, { kind: K }>) => boolean,
  ): Extract<Expected, { kind: K }> | undefined {
    const at = later.findIndex(
      (one) => one.kind === kind && fits(one.title, title) && isFit(one as Extract<Expected, { kind: K }>),
    );
    return at < 0 ? undefined : (later.splice(at, 1)[0] as Extract<Expected, { kind: K }>);
  }

  const stepKinds = ['pick', 'keep', 'back', 'leave'] as const;

  const ui: UserInterface = {
    pick: async <T>(step: StepPosition, items: readonly PickItem<T>[]): Promise<StepAnswer<T>> => {
      seen.steps.push({ ...step, kind: 'pick', labels: items.map(({ label }) => label), items });
      await turn();
      const expected = next(stepKinds, step.title);
      if (expected.kind === 'leave') return { kind: 'left' };
      if (expected.kind === 'back') return goBack(step);
      const chosen =
        expected.kind === 'keep' ? items[0] : items.find(({ label }) => fits(expected.label, label));
      if (!chosen)
        throw new Error(`no such line in "${step.title}": ${items.map(({ label }) => label).join(' | ')}`);
      return { kind: 'value', value: chosen.value };
    },
    pickMany: async <T>(
      step: StepPosition,
      items: readonly PickItem<T>[],
      chosen: readonly T[],
    ): Promise<StepAnswer<readonly T[]>> => {
      seen.steps.push({ ...step, kind: 'pickMany', labels: items.map(({ label }) => label), items });
      await turn();
      const expected = next(['pickMany', 'keep', 'back', 'leave'], step.title);
      if (expected.kind === 'leave') return { kind: 'left' };
      if (expected.kind === 'back') return goBack(step);
      if (expected.kind === 'keep') return { kind: 'value', value: chosen };
      const ticked = items.filter(({ label }) => expected.labels.includes(label));
      if (ticked.length !== expected.labels.length)
        throw new Error(`not all of ${expected.labels.join()} are listed`);
      return { kind: 'value', value: ticked.map(({ value }) => value) };
    },
    pickManyWithText: async <T>(
      step: StepPosition,
      items: readonly PickItem<T>[],
      chosen: readonly T[],
      text: string,
    ): Promise<StepAnswer<{ readonly chosen: readonly T[]; readonly text: string }>> => {
      const [expected] = inOrder;
      const typed = expected?.kind === 'pickMany' ? expected.text : undefined;
      const answer = await ui.pickMany(step, items, chosen);
      if (answer.kind !== 'value') return answer;
      return { kind: 'value', value: { chosen: answer.value, text: typed ?? text } };
    },
    input: async (step, field): Promise<StepAnswer<string>> => {
      seen.steps.push({ ...step, kind: 'type', labels: [], items: [], field });
      await turn();
      const expected = next(['type', 'keep', 'back', 'leave'], step.title);
      if (expected.kind === 'leave') return { kind: 'left' };
      if (expected.kind === 'back') return goBack(step);
      for (const text of expected.kind === 'keep' ? [field.initial] : expected.texts) {
        const wrong = field.validate?.(text);
        if (wrong === undefined) return { kind: 'value', value: text };
        seen.complaints.push(wrong);
      }
      throw new Error(`no text for "${step.title}" was accepted: ${seen.complaints.at(-1) ?? ''}`);
    },
    confirm: async (question, detail, buttons, keep) => {
      seen.questions.push({ text: question, detail, buttons, ...(keep === undefined ? {} : { keep }) });
      await turn();
      const { button } = next(['ask'], question);
      return offered(button, buttons, question);
    },
    showMessage: async (weight, text, buttons = []) => {
      seen.told.push({ weight, text, buttons });
      await turn();
      return takeLater('press', text, ({ button }) => buttons.includes(button))?.button;
    },
    progress: async <T>(
      title: string,
      run: (signal: AbortSignal, progress: ProgressReporter) => Promise<T>,
    ): Promise<T> => {
      seen.ran.push(title);
      const stop = new AbortController();
      const running = run(stop.signal, () => undefined);
      if (takeLater('stop', title, () => true)) {
        void turn().then(() => {
          stop.abort();
        });
      }
      return running;
    },
    show: async (paper) => {
      seen.papers.push(paper);
      await turn();
    },
    copy: async (text) => {
      seen.copied.push(text);
      await turn();
    },
    saveAs: async (title, name) => {
      seen.proposed.push(name);
      await turn();
      return next(['saveAs'], title).path;
    },
    chooseFolder: async (title) => {
      await turn();
      return next(['chooseFolder'], title).path;
    },
    reveal: async (path) => {
      seen.revealed.push(path);
      await turn();
    },
    openFile: async (path, line) => {
      seen.opened.push(line === undefined ? { path } : { path, line });
      await turn();
    },
    openUrl: (url) => {
      seen.browsed.push(url);
      return Promise.resolve(true);
    },
    isFocused: () => true,
    runAction: async (offer) => {
      seen.followed.push(offer.kind);
      await turn();
    },
  };
  return { ui, seen };
}

/** A user never answers in the same turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function goBack(step: StepPosition): { readonly kind: 'back' } {
  if (step.canGoBack !== true) throw new Error(`"${step.title}" has no back button`);
  return { kind: 'back' };
}

function offered(button: string | undefined, buttons: readonly string[], title: string): string | undefined {
  if (button !== undefined && !buttons.includes(button))
    throw new Error(`"${title}" has no button ${button}, but ${buttons.join(' | ')}`);
  return button;
}
