// Bundling as the extension has it done, and what that does to the process that asks for it.
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { gzipped } from '../../src/http/gzipped.js';
import type { Bundler } from '../../src/core/domain/ports.js';

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
  /** The most memory that the process had meanwhile, and what it had before. */
  readonly peakBytes: number;
  readonly startBytes: number;
}

const never = new AbortController().signal;

/** Does what is asked for, and watches the process. */
export async function answer(bundler: Bundler, asked: Asked): Promise<Answer> {
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
  await setTimeout(20); // so that what the last message cost is seen too
  delay.disable();
  const peakBytes = peak();
  await made.discard();
  const { files, bytes } = made;
  return { ms, files, bytes, blockedMs: delay.max / 1e6, silentMs, startBytes, peakBytes };
}

async function act(
  bundler: Bundler,
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

/** Lets Linux forget how much memory the process ever had. Source: proc(5), clear_refs. */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Elsewhere the most that it ever had counts, which is no less.
  }
}

/** The most memory that the process had since {@link forgetPeak}, in bytes. */
function peak(): number {
  try {
    const [, kib = ''] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kib !== '') return Number(kib) * 1024;
  } catch {
    // It is not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
