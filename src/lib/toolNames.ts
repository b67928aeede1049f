/**
 * The effect of a file's name on programs. `git`: it is or is in a `.git` folder, whose configuration names
 * programs that git runs. `tool`: an editor, a shell, git or another program acts on it automatically.
 * Undefined: none.
 */
export type NameEffect = 'git' | 'tool' | undefined;

/** Extensions of hidden data files and logs, on which no program acts. */
const harmlessEndingPattern =
  /\.(csv|tsv|txt|log|out|err|dat|bin|h5|hdf5|nc|npy|npz|jld2?|arrow|feather|parquet|mat|rds|pkl|png|jpe?g|gif|svg|pdf|tmp|part|bak|lock|pid)$/;

/** Hidden files that programs use for their own data. */
const harmlessNamesPattern =
  /^\.(ds_store|cache|ipynb_checkpoints|snakemake|nextflow|pytest_cache|mypy_cache|ruff_cache|coverage|keep|nfs[0-9a-f]+|command\.(begin|run|sh|out|err|log|trace)|exitcode)$/;

/** Names without a leading dot on which systems and programs act. */
const plainNamesPattern =
  /^(desktop\.ini|autorun\.(inf|sh)|\.?autorun|folder\.htt|thumbs\.db|sitecustomize\.py|usercustomize\.py|devcontainer\.json|_netrc|_vimrc|_gvimrc|_viminfo|_exrc)$|\.(lnk|url|scf|pif|desktop|library-ms|search-ms|searchconnector-ms|theme|code-workspace)$/;

/** Hidden names that Windows also finds by their short forms (`VSCODE~1`). */
const shortenedNames =
  'git gitmodules gitattributes gitignore gitconfig github gitlab vscode vscode-server idea ssh npmrc yarnrc envrc env bashrc bash_profile bash_login bash_logout bash_aliases profile zshrc zshenv zprofile zlogin kshrc cshrc tcshrc login logout config devcontainer devcontainer.json hg hgrc svn bzr aws azure kube docker netrc pypirc condarc julia juliarc vimrc exrc nvimrc emacs emacs.d gdbinit lldbinit inputrc husky cargo gradle mvn claude cursor local gnupg desktop.ini'.split(
    ' ',
  );

/**
 * Determines the effect of a file name, which can contain folders. File systems accept several names for one
 * file, which are recognized: other capitalization, trailing dots and spaces, a stream after a colon,
 * invisible characters, and short forms. Source: git's `is_ntfs_dotgit`, `is_hfs_dotgit` and `next_hfs_char`.
 */
export function getNameEffect(name: string): NameEffect {
  const effects = name.split(/[\\/]/).map(getPartEffect);
  return effects.includes('git') ? 'git' : effects.includes('tool') ? 'tool' : undefined;
}

/** Names that every file system uses unchanged except for capitalization, as most are. */
const simpleNamePattern = /^[\w-][\w+=,() -]*(\.[\w+=,() -]+)*(?<! )$/;

function getPartEffect(part: string): NameEffect {
  if (simpleNamePattern.test(part)) return plainNamesPattern.test(part.toLowerCase()) ? 'tool' : undefined;
  const plain = normalizePart(part);
  const hidden = listShortForms(plain);
  if (plain === '.git' || hidden.includes('git')) return 'git';
  if (plain.startsWith('.') && !/^\.*$/.test(plain))
    return harmlessEndingPattern.test(plain) || harmlessNamesPattern.test(plain) ? undefined : 'tool';
  return plainNamesPattern.test(plain) || hidden.length > 0 ? 'tool' : undefined;
}

/** The normalized form for file systems that ignore case and invisible characters. */
const normalizePart = (part: string): string =>
  part
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu, '')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/(?<=.):.*$/su, '')
    .replace(/(?<![\s.])[\s.]+$/u, (end, at) => (at === 0 ? end : ''));

/**
 * The hidden names that a short form can represent: their first six letters, or two letters and four digits,
 * and a number.
 */
function listShortForms(plain: string): readonly string[] {
  const [, start] = /^([^~.]{1,6})~[0-9]+(\..{0,3})?$/.exec(plain) ?? [];
  if (start === undefined) return [];
  const hashed = /^(..)[0-9a-f]{4}$/.exec(start)?.[1];
  return shortenedNames.filter((name) => {
    const letters = name.replace(/\..*$/s, '');
    return letters.slice(0, 6) === start || (hashed !== undefined && letters.startsWith(hashed));
  });
}

/** The number of names processed before yielding. */
const namesPerTurn = 4096;

/** A file's role in a git repository: its `HEAD`, or a file that names or is a program that git runs. */
export interface RepositoryPart {
  readonly kind: 'head' | 'settings';
  /** The repository's folder in normalized form. */
  readonly folder: string;
}

/**
 * The role of a file if its folder is a repository, that is, if it also contains a `HEAD`. The configuration
 * can also be in a folder that `commondir` names, and hooks require none. Undefined: none. Source:
 * gitrepository-layout(5).
 */
export function parseRepositoryPart(name: string): RepositoryPart | undefined {
  if (!repositoryNamePattern.test(name) && simplePathPattern.test(name)) return undefined;
  const parts = name.split(/[\\/]/).map(normalizePart);
  const last = parts.pop() ?? '';
  if (last === 'head') return { kind: 'head', folder: parts.join('/') };
  const isHook = parts.at(-1) === 'hooks';
  if (!isHook && !/^(config(\.worktree)?|commondir)$/.test(last)) return undefined;
  return { kind: 'settings', folder: (isHook ? parts.slice(0, -1) : parts).join('/') };
}

const repositoryNamePattern = /(^|[\\/])(head|config(\.worktree)?|commondir|hooks[\\/][^\\/]*)$/i;
const simplePathPattern = /^[\w.+=,()/-]*\w$/;

/**
 * Determines the effects of several files: a folder with a `HEAD` and a `config` is a repository regardless
 * of its name, and git runs the programs in its configuration.
 */
export async function getNameEffects(names: readonly string[]): Promise<ReadonlyMap<string, NameEffect>> {
  const folderEffects = new Map<string, NameEffect>();
  const heads = new Set<string>();
  const settings: (readonly [name: string, folder: string])[] = [];
  const effects = new Map<string, NameEffect>();
  for (const name of names) {
    const at = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
    const [folder, last] = [name.slice(0, Math.max(at, 0)), name.slice(at + 1)];
    if (!folderEffects.has(folder)) folderEffects.set(folder, getNameEffect(folder));
    const inner = folderEffects.get(folder);
    effects.set(name, inner === 'git' ? inner : (getPartEffect(last) ?? inner));
    if (effects.size % namesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    const part = parseRepositoryPart(name);
    if (part?.kind === 'head') heads.add(part.folder);
    if (part?.kind === 'settings') settings.push([name, part.folder]);
  }
  for (const [name, folder] of settings)
    if (heads.has(folder) && effects.get(name) === undefined) effects.set(name, 'tool');
  return effects;
}
