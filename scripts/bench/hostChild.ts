// A process as VS Code's extension host is one: it has folders bundled as the extension does, and watches itself.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { gzipped } from '../../src/backends/transport/gzipped.js';
import { folderBundler } from '../../src/bundle/bundler.js';

/** What it is asked to do. */
export interface Asked {
  /** `send`: pack, and gzip what is packed. */
  readonly task: 'plan' | 'pack' | 'send';
  readonly folder: string;
}

/** What came of it. */
export interface Answer {
  readonly ms: number;
  readonly files: number;
  /** Of the files, of the tar, or of what is sent. */
  readonly bytes: number;
  /** The longest time for which the event loop could not turn. */
  readonly blockedMs: number;
  /** The longest time without a report. */
  readonly silentMs: number;
  /** The most memory that the process had since it started, and what it had before. */
  readonly peakBytes: number;
  readonly startBytes: number;
}

const [, , program = '', temp = ''] = process.argv;
const bundler = folderBundler({ program, tempFolder: temp });
const never = new AbortController().signal;

async function answer(asked: Asked): Promise<Answer> {
  const startBytes = process.memoryUsage.rss();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  let heard = start;
  let silentMs = 0;
  const made = await act(asked, () => {
    const now = performance.now();
    silentMs = Math.max(silentMs, now - heard);
    heard = now;
  });
  const ms = performance.now() - start;
  await setTimeout(20); // so that what the last message cost is seen too
  delay.disable();
  await made.discard();
  const { files, bytes } = made;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { ms, files, bytes, blockedMs: delay.max / 1e6, silentMs, startBytes, peakBytes };
}

/** Does what is asked for. */
async function act(
  { task, folder }: Asked,
  report: () => void,
): Promise<{ files: number; bytes: number; discard: () => Promise<void> }> {
  if (task === 'plan') {
    const { files, bytes } = await bundler.plan(folder, never);
    return { files, bytes, discard: () => Promise.resolve() };
  }
  const packing = await bundler.pack(folder, Number.MAX_SAFE_INTEGER, report, never);
  const bundle = await packing.bundle;
  const { files, file } = bundle;
  let bytes = task === 'send' ? 0 : bundle.bytes;
  if (task === 'send') for await (const part of gzipped(file, report)) bytes += (part as Buffer).length;
  return { files, bytes, discard: () => bundler.discard(bundle) };
}

process.on('message', (asked: Asked) => {
  void answer(asked).then((found) => process.send?.(found));
});
process.on('disconnect', () => {
  process.exit();
});
