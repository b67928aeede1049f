import { buildSync } from 'esbuild';
import { join } from 'node:path';

/** Builds the program of a packing thread in a folder; returns its path. */
export function buildWorker(folder: string): string {
  const outfile = join(folder, 'worker.cjs');
  const source = (name: string): string =>
    JSON.stringify(join(import.meta.dirname, '../../../src/bundle', `${name}.ts`));
  const contents = `import { runPackWorker } from ${source('packWorker')};
    void runPackWorker(() => import(${source('archive')}));`;
  buildSync({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}
