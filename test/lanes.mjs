// Defines which test files share a process, and so the engines it starts. Files of one lane run sequentially;
// lanes run concurrently, so two processes must share no part of an engine: each uses free ports, a temporary
// folder, and, if it needs a system account, its own (`remoteUser` in engines/sshd.mjs).
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Lane
 * @property {string} name
 * @property {readonly string[]} files paths of test files, relative to the project
 * @property {boolean} [isTimed] whether its tests measure time: it runs alone, after the others
 */

/**
 * Contract files by engine, the longest lane first. A file belongs to the first lane with a pattern that its
 * name starts with; a file without a match has a separate lane.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const contractLanes = {
  'Slurm, faults': ['slurmFaults'],
  'Slurm, submissions': ['slurmSubmission', 'slurmEnds'],
  'Slurm on this machine': ['slurm.', 'slurmPlain', 'slurmByHand'],
  'Slurm over SSH, files and limits': ['slurmSshFiles', 'slurmSshLimits', 'slurmSshShells'],
  'Slurm over SSH': ['slurmOverSsh', 'slurmSsh', 'slurmEngines'],
  'Slurm, many jobs': ['slurmScale'],
  JuliaHub: ['juliahub'],
  Local: ['local', 'bundleJulia'],
};

/** Lanes whose tests measure time. */
const timedLanes = ['Slurm, many jobs'];

/**
 * The lanes of all contract files.
 *
 * @returns {readonly Lane[]}
 */
export function listContractLanes() {
  const names = testFiles('contract');
  const laneOf = (/** @type {string} */ name) =>
    Object.entries(contractLanes).find(([, starts]) => starts.some((start) => name.startsWith(start)))?.[0];
  const toLane = (/** @type {string} */ name, /** @type {readonly string[]} */ files) => ({
    name,
    files: files.map((file) => `test/contract/${file}`),
    isTimed: timedLanes.includes(name),
  });
  const shared = Object.keys(contractLanes).map((lane) =>
    toLane(
      lane,
      names.filter((name) => laneOf(name) === lane),
    ),
  );
  const own = names.filter((name) => laneOf(name) === undefined).map((name) => toLane(name, [name]));
  return [...shared, ...own];
}

/** Editor files that take longest: they start first. */
const longEditorFiles = ['logs', 'actions', 'submitBundle', 'submitScript', 'juliahub', 'submitOptions'];

/**
 * The lanes of all editor files: each file starts its own VS Code, so each is a lane.
 *
 * @returns {readonly Lane[]}
 */
export function listEditorLanes() {
  const rank = (/** @type {string} */ name) => {
    const at = longEditorFiles.indexOf(name.replace('.test.ts', ''));
    return at < 0 ? longEditorFiles.length : at;
  };
  return testFiles('editor')
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => ({ name, files: [`test/editor/${name}`] }));
}

/** In files that measure time. */
const measures = /\/fakes\/(longestBlock|stopwatch)\.js'/;

/**
 * Unit files. Those that measure time run alone, since other processes slow a test down even in CPU time: they
 * compete for caches and delay garbage collection.
 *
 * @returns {{ readonly concurrent: readonly string[], readonly timed: readonly string[] }}
 */
export function listUnitFiles() {
  const files = testFiles('unit', true).map((name) => `test/unit/${name}`);
  const isTimed = (/** @type {string} */ file) =>
    measures.test(readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8'));
  return { concurrent: files.filter((file) => !isTimed(file)), timed: files.filter(isTimed) };
}

/** @param {'contract' | 'editor' | 'unit'} folder @param {boolean} [recursive] */
const testFiles = (folder, recursive = false) =>
  readdirSync(fileURLToPath(new URL(folder, import.meta.url)), { encoding: 'utf8', recursive })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
