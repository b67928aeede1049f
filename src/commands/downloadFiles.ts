import { bytesText } from '../core/duration.js';
import { isActive, type JobFile } from '../core/job.js';
import { fileName } from '../core/logText.js';
import { printable } from '../core/printable.js';
import type { Expected } from '../core/ports.js';
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
  const { ui } = ports;
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
    bring({ file, path }, target, ports, signal, progress),
  );
  const open = say('Open');
  const unpack = say('Unpack');
  const isFolder = await isPackedFolder({ file, path }, ports);
  const text = say('{0} was downloaded.', file.name);
  const answer = await ui.tell('info', text, [isFolder ? unpack : open]);
  if (answer === open) await ui.openFile(path);
  if (answer === unpack) await unpackAll([{ file, path }], ports);
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
    bring({ file, path }, target, ports, signal, progress),
  );
  // An editor has nothing to show of it.
  if (await isPackedFolder({ file, path }, ports)) return downloadFile(rows, fileOf, ports);
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
    for (const [index, place] of chosen.entries()) {
      progress(index / chosen.length, place.file.name);
      await bring(place, target, ports, signal, () => undefined);
    }
  });
  const packed: Place[] = [];
  for (const place of chosen) if (await isPackedFolder(place, ports)) packed.push(place);
  const reveal = say('Reveal Folder');
  const unpack = say('Unpack');
  const text = say('{0} files of {1} were downloaded.', chosen.length, target.job.name);
  const answer = await ui.tell('info', text, packed.length > 0 ? [unpack, reveal] : [reveal]);
  if (answer === reveal) await ui.reveal(folder);
  if (answer === unpack) await unpackAll(packed, ports);
}

/** A result that was a folder comes as a tar, under whatever name. */
const isPackedFolder = async ({ file, path }: Place, { disk }: Ports): Promise<boolean> =>
  file.kind === 'result' && (await disk.isTar(path));

/** Unpacks each into a folder of its own beside it, and offers to show where. */
async function unpackAll(places: readonly Place[], { ui, disk }: Ports): Promise<void> {
  const { say } = ui;
  let folder: string | undefined;
  for (const { file, path } of places)
    folder = await ui.progress(say('Unpacking {0}', file.name), (signal) => disk.unpack(path, signal));
  if (folder === undefined) return;
  const reveal = say('Reveal Folder');
  const text =
    places.length === 1
      ? say('{0} was unpacked into {1}.', places[0]?.file.name ?? '', folder)
      : say('{0} result folders were unpacked.', places.length);
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

/** Writes a file to its place and checks on the way that it is what was announced. */
function bring(
  { file, path }: Place,
  target: Target,
  { disk }: Ports,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  return disk.save(path, counted(target, file, signal, progress), signal, announced(target, file));
}

/** What can be relied on: a size alone may be another by now while the job still writes. */
function announced({ job }: Target, { bytes, sha256 }: JobFile): Expected {
  if (sha256 !== undefined) return { sha256 };
  return bytes !== undefined && !isActive(job) ? { bytes } : {};
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
