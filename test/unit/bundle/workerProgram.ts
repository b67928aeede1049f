import { buildSync } from 'esbuild';
import { join } from 'node:path';

/** Builds the program of a packing thread into a folder; its path. */
export function buildWorker(folder: string): string {
  const outfile = join(folder, 'worker.cjs');
  const worker = join(import.meta.dirname, '../../../src/bundle/worker.ts');
  const contents = `import { runWorker } from ${JSON.stringify(worker)}; void runWorker();`;
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
