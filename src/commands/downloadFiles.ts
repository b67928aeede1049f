import { bytesText } from '../core/duration.js';
import type { JobFile } from '../core/job.js';
import { fileName } from '../core/logText.js';
import { printable } from '../core/printable.js';
import { JobError } from '../core/problem.js';
import type { Ports } from './ports.js';
import { rowIdOf, target as one, type Target } from './target.js';
import type { Progress } from './ui.js';

/** Brings one file of a job to a place the user names. `fileOf` finds the file that a row stands for. */
export async function downloadFile(
  rows: readonly string[],
  fileOf: (row: string, files: readonly JobFile[]) => JobFile | undefined,
  ports: Ports,
): Promise<void> {
  const { ui, disk } = ports;
  const { say } = ui;
  const target = await one(rows, 'download', say('Download File'), ports);
  if (!target) return;
  const files = await filesOf(target, ports);
  if (files.length === 0) return tellNoFiles(target, ports);
  const [row] = rows;
  const file = (row === undefined ? undefined : fileOf(row, files)) ?? (await pickFile(files, ports));
  if (!file) return;
  const path = await ui.saveAs(
    say('Download {0}', file.name),
    fileName(file.name.split('/').at(-1) ?? file.name),
  );
  if (path === undefined) return;
  await ui.progress(say('Downloading {0}', file.name), (signal, progress) =>
    disk.save(path, counted(target, file, signal, progress), signal),
  );
  const open = say('Open');
  if ((await ui.tell('info', say('{0} was downloaded.', file.name), [open])) === open)
    await ui.openFile(path);
}

/** Files up to this size open at a click; larger ones are offered for download. */
const opensAtMost = 20 * 2 ** 20;

/** Opens a copy of a file of a job; a large one is downloaded to a place the user names instead. */
export async function openJobFile(
  rows: readonly string[],
  fileOf: (row: string, files: readonly JobFile[]) => JobFile | undefined,
  ports: Ports,
): Promise<void> {
  const { ui, disk } = ports;
  const [row] = rows;
  const target = await one(rows, 'download', ui.say('Open File'), ports);
  if (!target || row === undefined) return;
  const file = fileOf(row, await filesOf(target, ports));
  if (!file) throw new JobError({ kind: 'gone', name: row.split('/').at(-1) ?? row });
  if ((file.bytes ?? 0) > opensAtMost) return downloadFile(rows, fileOf, ports);
  const folder = await disk.scratch(rowIdOf(target));
  const path = await disk.below(folder, `${file.kind}/${file.name}`);
  await ui.progress(ui.say('Downloading {0}', file.name), (signal, progress) =>
    disk.save(path, counted(target, file, signal, progress), signal),
  );
  await ui.openFile(path);
}

/** Brings all files of a job into a folder the user chooses; what is there is not overwritten without a question. */
export async function downloadAll(rows: readonly string[], ports: Ports): Promise<void> {
  const { ui } = ports;
  const { say } = ui;
  const target = await one(rows, 'download', say('Download All Files'), ports);
  if (!target) return;
  const files = (await filesOf(target, ports)).filter(({ kind }) => kind !== 'input');
  if (files.length === 0) return tellNoFiles(target, ports);
  const folder = await ui.chooseFolder(
    say('Download {0} Files of {1}', files.length, target.job.name),
    say('Download Here'),
  );
  if (folder === undefined) return;
  const places = await placed(files, folder, ports);
  const chosen = await settleExisting(places, ports);
  if (!chosen || chosen.length === 0) return;
  await ui.progress(say('Downloading {0} files', chosen.length), async (signal, progress) => {
    for (const [index, { file, path }] of chosen.entries()) {
      progress(index / chosen.length, file.name);
      await ports.disk.save(
        path,
        counted(target, file, signal, () => undefined),
        signal,
      );
    }
  });
  const reveal = say('Reveal Folder');
  const text = say('{0} files of {1} were downloaded.', chosen.length, target.job.name);
  if ((await ui.tell('info', text, [reveal])) === reveal) await ui.reveal(folder);
}

async function tellNoFiles({ job }: Target, { ui }: Ports): Promise<void> {
  await ui.tell('info', ui.say('{0} has no files.', job.name), []);
}

interface Place {
  readonly file: JobFile;
  readonly path: string;
}

/** Where each file goes. All names are checked before the first byte is written. */
async function placed(files: readonly JobFile[], folder: string, { disk }: Ports): Promise<readonly Place[]> {
  const places: Place[] = [];
  const taken = new Set<string>();
  for (const file of files) {
    const plain = await disk.below(folder, file.name);
    // A result and an output may bear the same name.
    const path = taken.has(plain) ? await disk.below(folder, `${file.kind}/${file.name}`) : plain;
    taken.add(path);
    places.push({ file, path });
  }
  return places;
}

async function settleExisting(
  places: readonly Place[],
  { ui, disk }: Ports,
): Promise<readonly Place[] | undefined> {
  const { say } = ui;
  const there = await Promise.all(places.map(({ path }) => disk.exists(path)));
  const existing = places.filter((_, index) => there[index]);
  if (existing.length === 0) return places;
  const overwrite = say('Overwrite');
  const skip = say('Skip Existing');
  const names = existing.slice(0, 10).map(({ file }) => file.name);
  const answer = await ui.ask(
    say('{0} of {1} files are there already.', existing.length, places.length),
    existing.length > names.length ? `${names.join('\n')}\n…` : names.join('\n'),
    [skip, overwrite],
  );
  if (answer === overwrite) return places;
  return answer === skip ? places.filter((place) => !existing.includes(place)) : undefined;
}

function filesOf({ backend, job }: Target, { ui }: Ports): Promise<readonly JobFile[]> {
  return ui.progress(
    ui.say('Reading the files of {0}', job.name),
    (signal) => backend.files?.(job.id, signal) ?? Promise.resolve(job.files),
  );
}

async function pickFile(files: readonly JobFile[], { ui }: Ports): Promise<JobFile | undefined> {
  const items = files.map((file) => ({
    value: file,
    label: printable(file.name),
    description: file.bytes === undefined ? file.kind : `${bytesText(file.bytes)} · ${file.kind}`,
  }));
  const answer = await ui.pick({ title: ui.say('Download File') }, items, ui.say('Choose a file'));
  return answer.kind === 'value' ? answer.value : undefined;
}

async function* counted(
  { backend, job }: Target,
  file: JobFile,
  signal: AbortSignal,
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  const { download } = backend;
  if (!download) throw new JobError({ kind: 'gone', name: file.name });
  let done = 0;
  for await (const part of download(job.id, file, signal)) {
    done += part.length;
    progress(file.bytes ? done / file.bytes : undefined, bytesText(done));
    yield part;
  }
}
