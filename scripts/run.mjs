// Running other programs from the developer programs: plain Node, since nothing may be installed yet.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** A failure that one sentence explains: shown without a stack. */
export class Stop extends Error {}

/**
 * Runs a program to its end, never through a shell.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 *   quiet: what it prints is collected instead of shown.
 * @returns {Promise<{ code: number, text: string }>} its exit code (1 where a signal ended it) and, if quiet, what it printed
 */
export function run(program, args, { cwd = root, env = process.env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', ...outputs(quiet)] });
    // Who ends this process alone (Ctrl+C ends both) ends what it runs; an interrupted test run ends its engines itself.
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
 * Runs a JavaScript file with the Node that runs this.
 *
 * @param {readonly string[]} args the file, relative to the project, then its arguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 */
export const node = (args, options) => run(process.execPath, args, { cwd: root, ...options });

/**
 * Runs npm in a folder without anything a package brings to run at installation; silent unless it fails.
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
 * The environment without what `npm run` adds for the package it runs, which would mislead an npm inside it.
 * Settings that come by environment (`npm_config_cache`, `npm_config_offline`) stay.
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
 * The body of a developer program: tells a {@link Stop} in one sentence and makes the exit code of it.
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
