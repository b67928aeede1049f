// Starts the stand-in for a JuliaHub server (test/doubles/juliahub) as a program of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, Stop } from './run.mjs';

/**
 * @param {number} port 0: any
 * @returns {Promise<{ readonly url: string, readonly stop: () => void }>}
 */
export function startStandIn(port) {
  const program = join(root, 'test', 'doubles', 'juliahub', 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, '--port', String(port)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Stop(`The stand-in for JuliaHub ended by itself (exit ${code ?? 'by a signal'}).`));
    });
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ part) => {
      text += part;
      const [url] = /http:\/\/[\w.:]+/.exec(text) ?? [];
      if (url !== undefined) resolve({ url, stop: () => void child.kill() });
    });
  });
}

/** Writes the settings of a machine that make a server of the stand-in a connection. @param {string} user @param {string} url */
export function connectStandIn(user, url) {
  const settings = {
    'batchJobs.juliahub.allowHttpOnLoopback': true,
    'batchJobs.connections': [
      { id: 'juliahub-1', kind: 'juliahub', title: 'JuliaHub (stand-in)', settings: { server: url } },
    ],
  };
  mkdirSync(join(user, 'Machine'), { recursive: true });
  writeFileSync(join(user, 'Machine', 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
}
