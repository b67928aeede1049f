/** Environment variables by name. */
export type ProcessEnv = Readonly<Record<string, string | undefined>>;

/** Variables of the editor and its packages. Matched case-insensitively, as on Windows. */
const editorVariablePattern =
  /^(VSCODE_.*|ELECTRON_.*|BATCH_JOBS_.*|CHROME_DESKTOP|ORIGINAL_XDG_CURRENT_DESKTOP|APPLICATION_?INSIGHTS_NO_.*|.*_VSCODE_SNAP_ORIG)$/i;

/** The variables in which the editor stores the user's value of a variable that it changes. */
const originalVariables = [
  ['VSCODE_NODE_OPTIONS', 'NODE_OPTIONS'],
  ['VSCODE_NODE_REPL_EXTERNAL_MODULE', 'NODE_REPL_EXTERNAL_MODULE'],
  ['ORIGINAL_XDG_CURRENT_DESKTOP', 'XDG_CURRENT_DESKTOP'],
] as const;

const snapOriginalSuffix = '_VSCODE_SNAP_ORIG';

/**
 * The user's environment outside the editor: without the editor's own variables, and without additions by
 * snap or AppImage packages, which would make other programs load the wrong libraries. Idempotent.
 *
 * Sources: VS Code, `terminalEnvironment.ts` and `resources/linux/snap/electron-launch`
 * (`NAME_VSCODE_SNAP_ORIG` holds the original value, empty if there was none); AppImage documentation,
 * "Environment variables".
 */
export function toUserEnv(env: ProcessEnv): Record<string, string> {
  const restored = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) if (value !== undefined) restored.set(name, value);
  for (const [kept, name] of originalVariables) restoreVariable(restored, kept, name);
  for (const name of [...restored.keys()])
    if (name.endsWith(snapOriginalSuffix) && name !== snapOriginalSuffix)
      restoreVariable(restored, name, name.slice(0, -snapOriginalSuffix.length));
  const mounts = [...listSnapMounts(env), ...listAppImageMounts(env)];
  const isPackage = createPackageVariableTest(env);
  const cleaned = [...restored].flatMap(([name, value]): [string, string][] => {
    if (editorVariablePattern.test(name) || isPackage(name)) return [];
    const kept = removeMounts(name, name === 'NODE_OPTIONS' ? removeDebugger(value) : value, mounts);
    // A variable that was empty before is kept; one that becomes empty contained only the editor's values.
    return kept === '' && value !== '' ? [] : [[name, kept]];
  });
  return Object.fromEntries(cleaned);
}

function restoreVariable(env: Map<string, string>, kept: string, name: string): void {
  const value = env.get(kept);
  if (value === undefined) return;
  if (value === '') env.delete(name);
  else env.set(name, value);
}

/** True for variables that describe the package. */
function createPackageVariableTest(env: ProcessEnv): (name: string) => boolean {
  const isSnap = Boolean(env['SNAP']);
  const isAppImage = listAppImageMounts(env).length > 0 || Boolean(env['APPIMAGE']);
  return (name) =>
    (isSnap && /^SNAP(_.*)?$/.test(name)) ||
    (isAppImage && /^(APPDIR|APPIMAGE(_UUID)?|ARGV0|OWD)$/.test(name));
}

const listSnapMounts = (env: ProcessEnv): readonly string[] =>
  // On Fedora the same folder has two names.
  listMounts(env['SNAP']).flatMap((mount) => [mount, mount.replace(/^\/var\/lib\/snapd(?=\/snap\/)/, '')]);

/**
 * `APPDIR` alone may be the user's own; together with one of the others, or in a mount folder of AppImages,
 * it is not.
 */
function listAppImageMounts(env: ProcessEnv): readonly string[] {
  const isMounted = /\/\.mount_[^/]+\/?$|^\/(tmp|run|var\/tmp)\//.test(env['APPDIR'] ?? '');
  const isKnown = ['APPIMAGE', 'ARGV0', 'OWD'].some((name) => Boolean(env[name]));
  return isMounted || isKnown ? listMounts(env['APPDIR']) : [];
}

/** Folders that contain more than one package are not its mount. */
const sharedFolderPattern = /^\/?$|^\/(usr|usr\/local|opt|home|root|tmp|var|snap)$/;

function listMounts(path: string | undefined): readonly string[] {
  const mount = (path ?? '').replace(/\/{1,9}$/, '');
  return mount.startsWith('/') && !sharedFolderPattern.test(mount) ? [mount] : [];
}

/** A list of paths without those below a mount; empty if no others are left. */
function removeMounts(name: string, value: string, mounts: readonly string[]): string {
  if (!mounts.some((mount) => value.includes(mount))) return value;
  // The dynamic linker also accepts spaces as separators. Source: ld.so(8).
  const entries = value.split(name === 'LD_PRELOAD' ? /[:\s]/ : ':');
  const kept = entries.filter(
    (entry) => !mounts.some((mount) => entry === mount || entry.startsWith(`${mount}/`)),
  );
  if (kept.length === entries.length) return value;
  return kept.every((entry) => entry === '') ? '' : kept.join(':');
}

const isDebugger = (path: string): boolean =>
  /js-debug\b/.test(path) && path.lastIndexOf('bootloader') > path.search(/js-debug\b/);

/** Removes the modules that VS Code's debugger makes every Node.js program load ("auto attach"). */
const removeDebugger = (options: string): string =>
  options
    .split(/(?<=^|\s)(?=--require(?:\s|=))/)
    .map((part) =>
      part.replace(/^--require[\s=]("[^"]*"|'[^']*'|\S+)/, (whole, path: string) =>
        isDebugger(path) ? '' : whole,
      ),
    )
    .join('')
    .trim();
