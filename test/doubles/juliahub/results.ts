import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { now, type DoubleJob, type State } from './state.js';

/** The paths where a job stores its results. */
export interface ResultPaths {
  /** `RESULTS`, or the content of the file `JULIAHUB_RESULTS_SUMMARY_FILE`. */
  readonly summary: string;
  /** Contains the path in `RESULTS_FILE`, if set in Julia. */
  readonly named: string;
  /** `JULIAHUB_RESULTS_UPLOAD_DIR`. */
  readonly upload: string;
}

export const resultPaths = (folder: string): ResultPaths => ({
  summary: join(folder, 'results'),
  named: join(folder, 'results_file'),
  upload: join(folder, 'upload'),
});

/** Maximum length of `RESULTS`, in characters. Source: docs/protocols/juliahub.md, 7.4. */
const mostCharacters = 1000;

/** Collects the results of a job, also of a failed one. Source: docs/protocols/juliahub.md, 6 and 7.4. */
export function takeResults(state: State, job: DoubleJob, paths: ResultPaths): void {
  if (existsSync(paths.summary))
    job.results = [...readFileSync(paths.summary, 'utf8')].slice(0, mostCharacters).join('');
  const left = readdirSync(paths.upload).map((name) => join(paths.upload, name));
  if (existsSync(paths.named)) left.push(readFileSync(paths.named, 'utf8'));
  for (const path of left) {
    if (!existsSync(path)) continue;
    const isFolder = statSync(path).isDirectory();
    job.files.push({
      name: isFolder ? `${basename(path)}.${state.controls.archive}` : basename(path),
      type: 'result',
      bytes: isFolder ? archiveOf(state, path) : readFileSync(path),
      uploaded: now(state),
    });
  }
}

/** Packs a results folder into one file. */
function archiveOf(state: State, folder: string): Buffer {
  const flags = state.controls.archive === 'tar.gz' ? '-czf' : '-cf';
  return execFileSync('tar', [flags, '-', '-C', dirname(folder), basename(folder)], { maxBuffer: 2 ** 28 });
}
