import type { Offer } from '../core/presentation/notice.js';

/** The answer of a wizard step: a value, back, or dismissed. */
export type Answer<T> =
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'left' };

/** The title and position of a step. */
export interface Step {
  /** `Submit fit.jl: Arguments`; the editor adds `(2/4)`. */
  readonly title: string;
  readonly step?: number;
  readonly of?: number;
  readonly canGoBack?: boolean;
}

/** An item of a quick pick. */
export interface Item<T> {
  readonly value: T;
  readonly label: string;
  readonly icon?: string;
  readonly description?: string;
  readonly detail?: string;
  /** Starts a group with this heading. */
  readonly group?: string;
}

/** An input box. */
export interface Field {
  readonly initial: string;
  readonly prompt: string;
  readonly placeholder?: string;
  /** True: the input is masked. */
  readonly secret?: true;
  /** Validates the input while the user types; returns the problem as a sentence. */
  readonly check?: (value: string) => string | undefined;
}

/** Severity of a message. */
export type Weight = 'info' | 'warning' | 'error';

/** A read-only document. */
export interface Paper {
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
export type Progress = (part: number | undefined, text?: string) => void;

/** The user interface as commands use it; tests use a scripted one. */
export interface Ui {
  pick<T>(step: Step, items: readonly Item<T>[], placeholder?: string): Promise<Answer<T>>;
  /** Several items; `chosen` are checked initially. */
  pickMany<T>(
    step: Step,
    items: readonly Item<T>[],
    chosen: readonly T[],
    placeholder?: string,
  ): Promise<Answer<readonly T[]>>;
  type(step: Step, field: Field): Promise<Answer<string>>;
  /** Shows a modal dialog; the chosen button, or undefined if dismissed. */
  ask(question: string, detail: string, buttons: readonly string[]): Promise<string | undefined>;
  /** Shows a notification; the chosen button, or undefined. */
  tell(weight: Weight, text: string, buttons?: readonly string[]): Promise<string | undefined>;
  /** Runs a function with a cancellable progress notification, shown only after one second. */
  progress<T>(title: string, run: (signal: AbortSignal, progress: Progress) => Promise<T>): Promise<T>;
  show(paper: Paper): Promise<void>;
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
  browse(url: string): Promise<boolean>;
  /** Runs a notice's action. */
  follow(offer: Offer): Promise<void>;
}
