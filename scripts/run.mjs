// Runs other programs for the developer scripts: plain Node, because no package may be installed yet.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** A failure described by one sentence, shown without a stack trace. */
export class Stop extends Error {}

/**
 * Runs a program until it exits, never through a shell.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 *   quiet: its output is captured instead of shown.
 * @returns {Promise<{ code: number, text: string }>} its exit code (1 after a signal) and, if quiet, its
 *   output
 */
export function run(program, args, { cwd = root, env = process.env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', ...outputs(quiet)] });
    // Terminating only this process (Ctrl+C signals both) also terminates the child; an interrupted test run
    // stops its engines itself.
    const interrupt = () => void child.kill('SIGINT');
    process.once('SIGTERM', interrupt);
    let text = '';
    const collect = (/** @type {Buffer} */ chunk) => {
      text += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGTERM', interrupt);
      resolve({ code: code ?? 1, text });
    });
  });
}

/** @param {boolean} quiet @returns {['pipe', 'pipe'] | ['inherit', 'inherit']} */
const outputs = (quiet) => (quiet ? ['pipe', 'pipe'] : ['inherit', 'inherit']);

/**
 * Runs a JavaScript file with the current Node executable.
 *
 * @param {readonly string[]} args the file, relative to the project, then its arguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 */
export const node = (args, options) => run(process.execPath, args, { cwd: root, ...options });

/**
 * Runs npm in a folder without the packages' install scripts; silent unless it fails.
 *
 * @param {string} cwd
 * @param {readonly string[]} args
 */
export async function npm(cwd, args) {
  const all = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const self = process.env['npm_execpath'];
  const options = { cwd, env: outsideNpm(process.env), quiet: true };
  const { code, text } = self?.endsWith('.js')
    ? await node([self, ...all], options)
    : await run('npm', all, options);
  if (code !== 0) throw new Stop(`"npm ${args.join(' ')}" failed in ${cwd}:\n${text.trim()}`);
}

/**
 * The environment without the variables `npm run` adds for its package, which would mislead a nested npm.
 * Settings from the environment (`npm_config_cache`, `npm_config_offline`) stay.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
const outsideNpm = (env) =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)),
  );

/**
 * The file of a tool installed in this project.
 *
 * @param {'mocha/bin/mocha.js' | 'eslint/bin/eslint.js' | 'knip/bin/knip.js' | 'typescript/bin/tsc' | 'prettier/bin/prettier.cjs' | 'esbuild/bin/esbuild' | '@vscode/vsce/vsce'} path
 */
export const tool = (path) => join(root, 'node_modules', path);

/**
 * Runs the body of a developer program: prints a {@link Stop} as one sentence and sets the exit code.
 *
 * @param {() => Promise<number>} body
 */
export async function program(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  }
}
