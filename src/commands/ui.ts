import type { Offer } from '../core/presentation/notice.js';

/** What a step of a wizard gave: a value, the wish to go one step back, or the end of it all. */
export type Answer<T> =
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'left' };

/** Where a step stands. */
export interface Step {
  /** `Submit fit.jl: Arguments`; the editor adds `(2/4)`. */
  readonly title: string;
  readonly step?: number;
  readonly of?: number;
  readonly canGoBack?: boolean;
}

/** One line of a list to pick from. */
export interface Item<T> {
  readonly value: T;
  readonly label: string;
  readonly icon?: string;
  readonly description?: string;
  readonly detail?: string;
  /** Begins a group under this heading. */
  readonly group?: string;
}

/** A field to type in. */
export interface Field {
  readonly initial: string;
  readonly prompt: string;
  readonly placeholder?: string;
  /** True: what is typed is not shown. */
  readonly secret?: true;
  /** What is wrong, as a sentence; said while one types. */
  readonly check?: (value: string) => string | undefined;
}

/** How weighty a message is. */
export type Weight = 'info' | 'warning' | 'error';

/** A document that the editor shows read-only. */
export interface Paper {
  /** The tab's title; with an ending, by which the language is found. */
  readonly title: string;
  /** What it is about, such as a job's row or a folder: others of the same title are other documents. */
  readonly about?: string;
  readonly text: string;
}

/** How far something long is: 0 to 1, or undefined where not known, and a word on it. */
export type Progress = (part: number | undefined, text?: string) => void;

/** What commands need of a user interface. A scripted one stands in for it in tests. */
export interface Ui {
  pick<T>(step: Step, items: readonly Item<T>[], placeholder?: string): Promise<Answer<T>>;
  /** Several of them; `chosen` are ticked at first. */
  pickMany<T>(
    step: Step,
    items: readonly Item<T>[],
    chosen: readonly T[],
    placeholder?: string,
  ): Promise<Answer<readonly T[]>>;
  type(step: Step, field: Field): Promise<Answer<string>>;
  /** A modal question; the button chosen, or undefined when dismissed. */
  ask(question: string, detail: string, buttons: readonly string[]): Promise<string | undefined>;
  /** A message that does not block; the button pressed, or undefined. */
  tell(weight: Weight, text: string, buttons?: readonly string[]): Promise<string | undefined>;
  /** Runs something with a notification that shows its progress and cancels it; shown only once it takes over a second. */
  progress<T>(title: string, run: (signal: AbortSignal, progress: Progress) => Promise<T>): Promise<T>;
  show(paper: Paper): Promise<void>;
  copy(text: string): Promise<void>;
  /** Absolute path of a file to write, asked of the user, who has agreed to overwrite it; undefined: dismissed. */
  saveAs(title: string, name: string): Promise<string | undefined>;
  /** Absolute path of a folder, asked of the user; undefined: dismissed. */
  chooseFolder(title: string, button: string): Promise<string | undefined>;
  /** Shows a file or folder in the system's or the editor's file view. */
  reveal(path: string): Promise<void>;
  /** Opens a file of this machine in an editor, at a line from 1 where given. */
  openFile(path: string, line?: number): Promise<void>;
  /** Opens an address in the user's browser; false: it was not opened. */
  browse(url: string): Promise<boolean>;
  /** Carries out what a notice offers. */
  follow(offer: Offer): Promise<void>;
}
