// Bundling as in the extension, and the load on the calling process.
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { createGzipStream } from '../../src/http/gzipStream.js';
import type { FolderBundler } from '../../src/core/domain/ports.js';

/** The task. */
export interface Asked {
  /** `send`: pack, and gzip the result. */
  readonly task: 'plan' | 'pack' | 'send';
  readonly folder: string;
}

/** The result. */
export interface Answer {
  readonly ms: number;
  readonly files: number;
  /** Size of the files, the tar, or the sent data. */
  readonly bytes: number;
  /** The longest time the event loop was blocked. */
  readonly blockedMs: number;
  /** The longest time without a progress report. */
  readonly silentMs: number;
  /** Peak memory of the process meanwhile, and its memory before. */
  readonly peakBytes: number;
  readonly startBytes: number;
}

const never = new AbortController().signal;

/** Runs a task and measures the process. */
export async function answer(bundler: FolderBundler, asked: Asked): Promise<Answer> {
  const startBytes = process.memoryUsage.rss();
  forgetPeak();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  let heard = start;
  let silentMs = 0;
  const made = await act(bundler, asked, () => {
    const now = performance.now();
    silentMs = Math.max(silentMs, now - heard);
    heard = now;
  });
  const ms = performance.now() - start;
  await setTimeout(20); // includes the cost of the last message
  delay.disable();
  const peakBytes = peak();
  await made.discard();
  const { files, bytes } = made;
  return { ms, files, bytes, blockedMs: delay.max / 1e6, silentMs, startBytes, peakBytes };
}

async function act(
  bundler: FolderBundler,
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
  if (task === 'send')
    for await (const part of createGzipStream(file, report)) bytes += (part as Buffer).length;
  return { files, bytes, discard: () => bundler.discard(bundle) };
}

/** Resets the peak memory that Linux records for the process. Source: proc(5), clear_refs. */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // On other systems the overall peak counts, which is never lower.
  }
}

/** Peak memory of the process since {@link forgetPeak}, in bytes. */
function peak(): number {
  try {
    const [, kib = ''] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kib !== '') return Number(kib) * 1024;
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}
