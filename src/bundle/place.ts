import { sep } from 'node:path';
import type { FolderRules } from './folderRules.js';
import type { Left } from './found.js';
import type { Grafts } from './graft.js';
import type { Followed } from './links.js';
import type { Rule } from './matcher.js';
import type { Rules } from './rules.js';

/** A directory on the way: where it is, which rules hold in it, and over which links one came. */
export interface Place {
  /** Absolute; undefined: it is not on the disk, only in the bundle. */
  readonly absolute: string | undefined;
  /** In the bundle, with a `/` at its end unless it is the folder itself. */
  readonly path: string;
  readonly rules: Rules | undefined;
  /** The same rules for what lies just in it. */
  readonly here: FolderRules | undefined;
  readonly links: readonly Followed[];
  readonly grafts: Grafts;
  /** Real path of the copied directory it lies in: a link that stays in there stays a link. */
  readonly copied: string | undefined;
  /** True: its path in the bundle is not its path below the folder. */
  readonly isElsewhere: boolean;
  /** True: links led to it that bring what the bundle has already. */
  readonly isRepeated: boolean;
}

/** Where something that was listed in a place lies. */
export const absoluteOf = (path: string, { absolute = '', path: within }: Place): string =>
  absolute + sep + path.slice(within.length);

/** The same where a path of the bundle does not tell it. */
export const sourceOf = (path: string, place: Place): { readonly source?: string } | undefined =>
  place.isElsewhere ? { source: absoluteOf(path, place) } : undefined;

/** What keeps a path out of the bundle: a rule, or that it is what it is. */
export type Why = Rule | 'itself';

/** The rule by which something in a place stays behind; undefined: none excludes it. */
export function excluding(name: string, isDirectory: boolean, { here }: Place): Rule | undefined {
  const rule = here?.deciding(name, isDirectory);
  return rule?.excludes ? rule : undefined;
}

/** What is left, written out: spread from two objects behind one another, 15 000 of them took 35 ms. */
export const leftBy = (path: string, type: Left['type'], bytes: number, why: Why, { rules }: Place): Left =>
  why === 'itself' || !rules
    ? { path, type, bytes, included: false }
    : { path, type, bytes, included: false, rule: why.text, ruleFile: rules.file, ruleLine: why.line };
