import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DoubleJob, State } from './state.js';
import { wrapper } from './wrapper.js';

/** The program of a job. */
export type Program =
  | { readonly kind: 'process'; readonly words: readonly string[] }
  | { readonly kind: 'timeline'; readonly code: string };

const juliaScript = new URL('../../engines/julia.sh', import.meta.url).pathname;
let found: Promise<string> | undefined;

/** The Julia executable for jobs, found or unpacked when the first job needs it. */
function juliaOf(state: State): Promise<string> {
  if (state.julia === false) return Promise.reject(new Error('Julia not found'));
  if (state.julia !== undefined) return Promise.resolve(state.julia);
  return (found ??= promisify(execFile)('bash', [juliaScript]).then(({ stdout }) => stdout.trim()));
}

/** The folders of a job on its node. */
export interface Place {
  /** The only folder of its unpacked bundle, or an empty one. */
  readonly root: string;
  /** Its working directory. */
  readonly cwd: string;
}

/** Unpacks a job's bundle. Source: docs/protocols/juliahub.md, 3.7, 4.2, 12.3. */
export function placeOf(state: State, job: DoubleJob, folder: string): Place {
  const work = join(folder, 'work');
  mkdirSync(work);
  const tar = job.files.find(({ name, type }) => type === 'input' && name === 'appbundle.tar');
  if (!tar) return { root: work, cwd: work };
  execFileSync('tar', ['-xf', '-', '-C', work], { input: tar.bytes });
  const [root = '', ...others] = readdirSync(work);
  if (root === '' || others.length > 0)
    throw new Error(`the bundle does not have exactly one root folder: ${[root, ...others].join(', ')}`);
  if (!state.controls.legacy) return { root: join(work, root), cwd: join(work, root) };
  renameSync(join(work, root), join(work, 'appbundle'));
  return { root: join(work, 'appbundle'), cwd: work };
}

/** The program of a package's or an application's job: it runs and responds on its port, if any. */
const application = '#!timeline\nprint an application of the stand-in\nlisten\nwait\n';

/**
 * Code runs in Julia. Extension of the stand-in: code that starts with `#!` and another interpreter runs with
 * that interpreter, as does the file of the bundle that a driver refers to, so that tests need not wait for
 * Julia.
 */
export async function programOf(
  state: State,
  job: DoubleJob,
  folder: string,
  { root, cwd }: Place,
): Promise<Program> {
  const code = job.fields.get('usercode');
  if (code === undefined)
    return { kind: 'timeline', code: job.port === undefined ? '#!timeline\nprint done\n' : application };
  const file = join(folder, 'code.jl');
  writeFileSync(file, code);
  const script = interpreterOf(code) ? file : namedFile(code, cwd);
  if (script === undefined) return inJulia(state, job, folder, file, root);
  const text = readFileSync(script, 'utf8');
  const words = interpreterOf(text) ?? [];
  return words[0] === 'timeline'
    ? { kind: 'timeline', code: text }
    : { kind: 'process', words: [...words, script] };
}

/** The words after `#!`; undefined if there are none, or if they refer to Julia. */
function interpreterOf(code: string): readonly string[] | undefined {
  const words = /^#!\s*(\S.*)/.exec(code)?.[1]?.trim().split(/\s+/);
  return words && !words.join(' ').includes('julia') ? words : undefined;
}

/**
 * A file below `root` that starts with another interpreter and whose path components are consecutive strings
 * in the code.
 */
function namedFile(code: string, root: string): string | undefined {
  const texts = [...code.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  );
  for (let from = 0; from < texts.length; from++)
    for (let to = from + 1; to <= texts.length; to++) {
      const path = join(root, ...texts.slice(from, to));
      const isFile = path.startsWith(root) && existsSync(path) && statSync(path).isFile();
      if (isFile && interpreterOf(readFileSync(path, 'utf8'))) return path;
    }
  return undefined;
}

async function inJulia(
  state: State,
  job: DoubleJob,
  folder: string,
  file: string,
  root: string,
): Promise<Program> {
  const julia = await juliaOf(state);
  const run = join(folder, 'wrapper.jl');
  writeFileSync(run, wrapper);
  for (const [field, name] of [
    ['projecttoml', 'Project.toml'],
    ['manifesttoml', 'Manifest.toml'],
  ] as const) {
    const value = job.fields.get(field);
    if (value !== undefined) writeFileSync(join(root, name), value);
  }
  return {
    kind: 'process',
    words: [julia, '--startup-file=no', `--project=${root}`, run, file, folder, root],
  };
}
