import type { Glob } from './glob.js';
import { deciderOf, type Decides, type Matcher } from './matcher.js';

/** The rules of an ignore file as they hold for what lies just in one folder. */
export interface FolderRules {
  /** By its name. */
  readonly deciding: Decides;
  /** The rules for a folder in it. */
  readonly into: (name: string) => FolderRules;
}

/**
 * The rules of an ignore file for its own folder. Of 60 rules most can cover nothing in a given folder, and of the rest
 * most are ruled out by one look at a name: to ask each of them would take a walk three times as long.
 *
 * @param matchers - The first that covers a path decides.
 */
export function folderRules(matchers: readonly Matcher[]): FolderRules {
  const varying = matchers.filter((matcher) => globsOf(matcher).some(isTied));
  const known = new Map<string, Candidates>(); // many folders have the same
  const at = (folder: string, alive: readonly Matcher[]): FolderRules => {
    let key = '';
    for (const matcher of alive) {
      const chance = chanceIn(folder, matcher);
      if (chance !== 'none') key += `${matcher.rule.line}${chance} `;
    }
    const candidates = known.get(key) ?? candidatesIn(folder, matchers);
    known.set(key, candidates);
    const { names, deciding } = candidates;
    return {
      deciding: (name, isDirectory) => (names.test(name) ? deciding(folder + name, isDirectory) : undefined),
      into: (name) => {
        const inner = `${folder}${name}/`;
        return at(
          inner,
          alive.filter(({ glob }) => mayBegin(inner, glob.prefix)),
        );
      },
    };
  };
  return at('', varying);
}

/** What may cover something in some folders. */
interface Candidates {
  /** Finds something in each name that may be covered. */
  readonly names: RegExp;
  readonly deciding: Decides;
}

function candidatesIn(folder: string, matchers: readonly Matcher[]): Candidates {
  const fitting = matchers.filter((matcher) => chanceIn(folder, matcher) !== 'none');
  const isAny = fitting.some((matcher) => chanceIn(folder, matcher) === 'any');
  return { names: isAny ? /^/ : anyOf(fitting.flatMap(globsOf)), deciding: deciderOf(fitting) };
}

/** Finds the last name of the suffix of at least one pattern, or of the longest text of one without a suffix. */
function anyOf(globs: readonly Glob[]): RegExp {
  const ends = globs
    .filter(({ suffix }) => suffix !== '')
    .map(({ suffix }) => lastName(suffix).slice(-enough));
  const texts = globs
    .filter(({ suffix }) => suffix === '')
    .map(({ inside }) => lastName(inside).slice(0, enough));
  const end = ends.length > 0 ? [`(?:${ends.map(escaped).join('|')})$`] : [];
  const any = [...texts.map(escaped), ...end];
  return any.length > 0 ? new RegExp(any.join('|')) : /[]/;
}

/** So much of a text tells enough; a regular expression may not become too large. */
const enough = 64;

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** What comes after the last slash that has something after it. */
const lastName = (text: string): string => bare(text).slice(bare(text).lastIndexOf('/') + 1);

/** Without the slash that a directory's path may have at its end. */
const bare = (text: string): string => (text.endsWith('/') ? text.slice(0, -1) : text);

const globsOf = ({ glob, emptied }: Matcher): readonly Glob[] => [glob, ...emptied];

/** False: the pattern may cover something in each folder, as far as its name allows. */
const isTied = ({ prefix, suffix, inside }: Glob): boolean =>
  prefix !== '' || suffix === '' || inside.includes('/');

/** True: what the pattern covers may lie somewhere below the folder, whose path is empty or ends with a slash. */
const mayBegin = (folder: string, prefix: string): boolean =>
  prefix.length > folder.length ? prefix.startsWith(folder) : folder.startsWith(prefix);

/** Whether a rule may cover `any` name in a folder, those with a certain `name` in theirs, or `none`. */
function chanceIn(folder: string, matcher: Matcher): 'none' | 'name' | 'any' {
  let best: 'none' | 'name' = 'none';
  for (const { prefix, suffix, inside } of globsOf(matcher)) {
    if (!mayBegin(folder, prefix)) continue;
    const isAbove = folder.includes(inside);
    if (isAbove && suffix === '') return 'any';
    const before = bare(inside).lastIndexOf('/') + 1; // a name has no slash in it
    if (isAbove || folder.endsWith(inside.slice(0, before))) best = 'name';
  }
  return best;
}
