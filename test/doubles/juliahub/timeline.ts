import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultPaths } from './results.js';
import { add } from './lifecycle.js';
import type { DoubleJob, State } from './state.js';

/** The environment of a timeline. */
export interface Stage {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly results: ResultPaths;
}

/**
 * Runs code that starts with `#!timeline`, line by line, and returns its exit code; for jobs that need
 * neither Julia nor a process. Extension of the stand-in.
 *
 * `print TEXT`, `print N lines`, `log LEVEL "text" key=value …`, `env NAME`, `sleep MS`, `result TEXT`,
 * `resultfile NAME TEXT`, `resultdir NAME file=text …`, `listen`, `wait` (until it is stopped), `fail CODE`.
 */
export async function runTimeline(state: State, job: DoubleJob, code: string, stage: Stage): Promise<number> {
  for (const line of code.split('\n').slice(1)) {
    const [, command = '', rest = ''] = /^\s*(\S*)\s?(.*)$/.exec(line) ?? [];
    if (command === '' || command.startsWith('#')) continue;
    if (command === 'fail') return Number(rest);
    await step(state, job, command, rest, stage);
    job.stop.signal.throwIfAborted();
  }
  return 0;
}

async function step(
  state: State,
  job: DoubleJob,
  command: string,
  rest: string,
  { env, results }: Stage,
): Promise<void> {
  const { signal } = job.stop;
  const [, word = '', more = ''] = /^(\S*) ?(.*)$/.exec(rest) ?? [];
  switch (command) {
    case 'print':
      printed(state, job, rest);
      return;
    case 'log':
      logged(state, job, rest);
      return;
    case 'env':
      add(state, job, `${rest}=${env[rest] ?? ''}`);
      return;
    case 'sleep':
      await sleep(Number(rest), undefined, { signal });
      return;
    case 'result':
      writeFileSync(results.summary, rest);
      return;
    case 'resultfile':
      writeFileSync(join(results.upload, word), more);
      return;
    case 'resultdir':
      mkdirSync(join(results.upload, word));
      for (const [name, text] of pairs(more)) writeFileSync(join(results.upload, word, name), text);
      return;
    case 'listen':
      await listen(job, signal);
      return;
    case 'wait':
      await sleep(2 ** 31 - 1, undefined, { signal });
      return;
    default:
      throw new Error(`unknown timeline command ${command}`);
  }
}

function printed(state: State, job: DoubleJob, text: string): void {
  const count = /^(\d+) lines$/.exec(text)?.[1];
  if (count === undefined) add(state, job, text);
  else for (let line = 1; line <= Number(count); line++) add(state, job, `line ${String(line)}`);
}

function logged(state: State, job: DoubleJob, rest: string): void {
  const [, level = '', message = '', more = ''] = /^(\w+) "((?:[^"\\]|\\.)*)"\s*(.*)$/.exec(rest) ?? [];
  add(
    state,
    job,
    message.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
    {
      level,
      keywords: Object.fromEntries(pairs(more)),
      module: 'Main',
      file: 'code.jl',
      line: 1,
    },
  );
}

const pairs = (text: string): readonly (readonly [string, string])[] =>
  text
    .split(' ')
    .filter((pair) => pair.includes('='))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);

/** Responds on the job's port until the job ends, with a description of the request. */
function listen(job: DoubleJob, signal: AbortSignal): Promise<void> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(parts).toString();
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ method, path: url, headers, body }));
    });
  });
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  signal.addEventListener('abort', close, { once: true });
  job.listeners.add(() => {
    if (job.ended !== undefined) close();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(job.port, '127.0.0.1', resolve);
  });
}
