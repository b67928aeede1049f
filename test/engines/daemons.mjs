// Helpers shared by the test engines: Debian packages, free ports, and processes terminated by their own ID.
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, Stop } from '../../scripts/run.mjs';

/**
 * Ensures that Debian packages are installed; without permission, fails with a sentence that names the
 * missing ones.
 *
 * @param {string} purpose their purpose: `The tests of Slurm`
 * @param {readonly string[]} packages
 */
export async function ensurePackages(purpose, packages) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Stop(
      `${purpose} need Debian and root: run them in a container (packages: ${packages.join(' ')}).`,
    );
  const missing = [];
  for (const name of packages) {
    const { text } = await run('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { quiet: true });
    if (text.trim() !== 'installed') missing.push(name);
  }
  if (missing.length === 0) return;
  console.error(`Installing ${missing.join(' ')} with apt-get (once)…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Their services must not be started by the installation.
  const policy = '/usr/sbin/policy-rc.d';
  const hadPolicy = existsSync(policy);
  if (!hadPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const lock = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = [...lock, 'install', '-y', '--no-install-recommends', ...missing];
  let last = await run('apt-get', install, { env, quiet: true });
  if (last.code !== 0) {
    await run('apt-get', [...lock, 'update'], { env, quiet: true });
    last = await run('apt-get', install, { env, quiet: true });
  }
  if (!hadPolicy) await run('rm', ['-f', policy]);
  if (last.code !== 0)
    throw new Stop(
      `${purpose} need these packages: "apt-get install ${missing.join(' ')}" failed.\n${last.text.slice(-500)}`,
    );
}

/** Ports below the system's ephemeral range, so that no outgoing connection takes one before its daemon. */
const portRange = { first: 15_000, count: 15_000 };

/**
 * Free loopback ports, chosen at random, so that processes choosing concurrently get different ones.
 *
 * @param {number} count
 * @returns {Promise<readonly number[]>}
 */
export async function freePorts(count) {
  /** @type {Set<number>} */
  const ports = new Set();
  while (ports.size < count) {
    const port = portRange.first + randomInt(portRange.count);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

/** @param {number} port @returns {Promise<boolean>} */
const isFree = (port) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/**
 * Polls until a condition holds.
 *
 * @param {() => boolean | Promise<boolean>} look
 * @param {string | (() => string)} complaint
 * @param {number} [ms]
 */
export async function until(look, complaint, ms = 30_000) {
  const end = Date.now() + ms;
  while (!(await look())) {
    if (Date.now() > end) {
      const text = typeof complaint === 'string' ? complaint : complaint();
      throw new Error(`${text} (waited ${ms / 1000} s)`);
    }
    await sleep(100);
  }
}

/**
 * Runs a program with an environment and returns its output.
 *
 * @param {readonly string[]} argv
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [input]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export function call([program = '', ...args], env, input = '') {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
    // A program that reads nothing may have exited before.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** @typedef {{ pid: number, began: string, name: string }} Daemon */

/**
 * A process by its ID and start time, so that no other process with the same ID is confused with it.
 *
 * @param {number} pid
 * @param {string} name
 * @returns {Daemon}
 */
export const daemonOf = (pid, name) => ({ pid, began: statOf(pid)?.[19] ?? '', name });

/**
 * The process that wrote its ID to a file.
 *
 * @param {string} file
 * @param {string} name
 * @returns {Promise<Daemon>}
 */
export async function daemonIn(file, name) {
  await until(
    () => existsSync(file) && statOf(Number(readFileSync(file, 'utf8'))) !== undefined,
    `${name} does not start`,
  );
  return daemonOf(Number(readFileSync(file, 'utf8')), name);
}

/** @param {Daemon} daemon true while it is that process and not a zombie */
export function isAlive({ pid, began }) {
  const stat = statOf(pid);
  return stat !== undefined && stat[19] === began && stat[0] !== 'Z' && stat[0] !== 'X';
}

/**
 * Terminates a process and waits until it has exited.
 *
 * @param {Daemon} daemon
 * @param {NodeJS.Signals} [signal]
 */
export async function end(daemon, signal = 'SIGTERM') {
  if (!isAlive(daemon)) return;
  process.kill(daemon.pid, 'SIGCONT');
  process.kill(daemon.pid, signal);
  const last = Date.now() + 8000;
  while (isAlive(daemon)) {
    if (Date.now() > last) process.kill(daemon.pid, 'SIGKILL');
    await sleep(20);
  }
}

/**
 * The fields of /proc/pid/stat, starting with the state.
 *
 * @param {number} pid
 * @returns {string[] | undefined}
 */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It has exited.
    return undefined;
  }
}
