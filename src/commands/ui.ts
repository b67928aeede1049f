import type { NoticeAction } from '../core/presentation/notice.js';

/** The answer of a wizard step: a value, back, or dismissed. */
export type StepAnswer<T> =
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'left' };

/** The title and position of a step. */
export interface StepPosition {
  /** `Submit fit.jl: Arguments`; the editor adds `(2/4)`. */
  readonly title: string;
  readonly step?: number;
  readonly of?: number;
  readonly canGoBack?: boolean;
}

/** An item of a quick pick. */
export interface PickItem<T> {
  readonly value: T;
  readonly label: string;
  readonly icon?: string;
  readonly description?: string;
  readonly detail?: string;
  /** Starts a group with this heading. */
  readonly group?: string;
  /** True: the item is shown, but cannot be chosen. */
  readonly isDisabled?: true;
  /** True: the item is active when the list opens; otherwise the first one is. */
  readonly isActive?: true;
}

/** An input box. */
export interface InputField {
  readonly initial: string;
  readonly prompt: string;
  readonly placeholder?: string;
  /** True: the input is masked. */
  readonly secret?: true;
  /** Validates the input while the user types; returns the problem as a sentence. */
  readonly validate?: (value: string) => string | undefined;
}

/** Severity of a message. */
export type MessageSeverity = 'info' | 'warning' | 'error';

/** A read-only document. */
export interface TextPreview {
  /** The tab's title; its file extension determines the language mode. */
  readonly title: string;
  /**
   * Subject of the document, such as a job's row or a folder: documents with the same title but another
   * subject are distinct.
   */
  readonly about?: string;
  readonly text: string;
}

/** Progress: a fraction from 0 to 1, or undefined if unknown, and a short text. */
export type ProgressReporter = (part: number | undefined, text?: string) => void;

/** The user interface as commands use it; tests use a scripted one. */
export interface UserInterface {
  pick<T>(step: StepPosition, items: readonly PickItem<T>[], placeholder?: string): Promise<StepAnswer<T>>;
  /** Several items; `chosen` are checked initially. */
  pickMany<T>(
    step: StepPosition,
    items: readonly PickItem<T>[],
    chosen: readonly T[],
    placeholder?: string,
  ): Promise<StepAnswer<readonly T[]>>;
  /** The same, where typed text does not search the list but is part of the answer; initially `text`. */
  pickManyWithText<T>(
    step: StepPosition,
    items: readonly PickItem<T>[],
    chosen: readonly T[],
    text: string,
    placeholder?: string,
  ): Promise<StepAnswer<{ readonly chosen: readonly T[]; readonly text: string }>>;
  input(step: StepPosition, field: InputField): Promise<StepAnswer<string>>;
  /**
   * Shows a modal dialog; the chosen button, or undefined if dismissed. `keep`: the first button, which changes
   * nothing and is the default; it also returns undefined.
   */
  confirm(
    question: string,
    detail: string,
    buttons: readonly string[],
    keep?: string,
  ): Promise<string | undefined>;
  /** Shows a notification; the chosen button, or undefined. */
  showMessage(
    weight: MessageSeverity,
    text: string,
    buttons?: readonly string[],
  ): Promise<string | undefined>;
  /** Runs a function with a cancellable progress notification, shown only after one second. */
  progress<T>(
    title: string,
    run: (signal: AbortSignal, progress: ProgressReporter) => Promise<T>,
  ): Promise<T>;
  show(paper: TextPreview): Promise<void>;
  copy(text: string): Promise<void>;
  /** Prompts for a file to write; an absolute path, with overwriting confirmed; undefined: dismissed. */
  saveAs(title: string, name: string): Promise<string | undefined>;
  /** Prompts for a folder; an absolute path; undefined: dismissed. */
  chooseFolder(title: string, button: string): Promise<string | undefined>;
  /** Shows a file or folder in the system's or the editor's file explorer. */
  reveal(path: string): Promise<void>;
  /** Opens a local file in an editor, at a line (counted from 1). */
  openFile(path: string, line?: number): Promise<void>;
  /** Opens a URL in the user's browser; false: it was not opened. */
  openUrl(url: string): Promise<boolean>;
  /** True while the window has the focus. */
  isFocused(): boolean;
  /** Runs a notice's action. */
  runAction(offer: NoticeAction): Promise<void>;
}
