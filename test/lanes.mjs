// Which test files share a process, and so the engines that it starts. Files of one lane run one after another; lanes run
// side by side, so nothing of an engine may be shared between two processes: it takes free ports, a temporary folder and,
// where it needs an account of this system, the one of its process (`remoteUser` in engines/sshd.mjs).
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Lane
 * @property {string} name
 * @property {readonly string[]} files of test files, relative to the project
 */

/**
 * Contract files by the engine that they need, the longest lane first. A file belongs to the first lane of which one of
 * the patterns fits the beginning of its name; one that fits none has a lane of its own.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const contractLanes = {
  'Slurm, faults': ['slurmFaults', 'slurmScale'],
  'Slurm, submissions': ['slurmSubmission', 'slurmEnds'],
  'Slurm on this machine': ['slurm.', 'slurmPlain', 'slurmByHand'],
  'Slurm over ssh, files and limits': ['slurmSshFiles', 'slurmSshLimits', 'slurmSshShells'],
  'Slurm over ssh': ['slurmOverSsh', 'slurmSsh', 'slurmEngines'],
  JuliaHub: ['juliahub'],
  Local: ['local', 'bundleJulia'],
};

/**
 * The lanes of all contract files.
 *
 * @returns {readonly Lane[]}
 */
export function listContractLanes() {
  const names = testFiles('contract');
  const laneOf = (/** @type {string} */ name) =>
    Object.entries(contractLanes).find(([, starts]) => starts.some((start) => name.startsWith(start)))?.[0];
  const known = Object.keys(contractLanes).map((lane) => ({
    name: lane,
    files: names.filter((name) => laneOf(name) === lane),
  }));
  const own = names.filter((name) => laneOf(name) === undefined);
  return [...known, ...own.map((name) => ({ name, files: [name] }))]
    .filter(({ files }) => files.length > 0)
    .map(({ name, files }) => ({ name, files: files.map((file) => `test/contract/${file}`) }));
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

/** @param {'contract' | 'editor'} folder */
const testFiles = (folder) =>
  readdirSync(fileURLToPath(new URL(folder, import.meta.url)))
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
