import { basename, dirname } from 'node:path/posix';
import { quoteWord } from '../../../remote/quoting.js';
import type { BatchScript, LogDialect } from '../dialect.js';
import { findOwnFolder } from '../jobs/jobIdentity.js';
import type { SchedulerJob } from '../jobs/schedulerJob.js';
import { formatNormalization, getInterpreter, normalizeScript, type BatchFile } from './batchFile.js';
import { batchFileName } from './submission.js';

/** The file in a job's folder that contains its output. */
export const recordedLogName = 'output.log';

/** Where jobs of {@link toRecordingBatch} write. */
export const recordedLogDialect: LogDialect = {
  getDefaultPattern: () => recordedLogName,
  isLog: (name) => name === recordedLogName,
};

/**
 * The batch script of a job for a scheduler without accounting: it runs the user's script in the folder `work`,
 * redirects its output to {@link recordedLogName}, and records its start and its exit (`jobs/recordHistory.ts`). Its arguments
 * are passed to the user's script.
 */
export function toRecordingBatch({ name, text, path, setup }: BatchScript): BatchFile {
  const work = path.slice(0, -name.length - 1);
  const known = getInterpreter(name);
  const { text: script, notes } = normalizeScript(text, { fallbackShell: '/bin/sh' });
  const program = known ?? parseInterpreter(script);
  // The programs of other languages accept these scripts unchanged.
  const mended = known === undefined ? notes.filter((note) => note !== 'shebang') : [];
  return {
    text: formatRecordingScript({ folder: dirname(work), work, path, program, setup }),
    notes: mended.map((note) => formatNormalization(note, basename(program))),
    ...(mended.length === 0 ? {} : { script }),
  };
}

/** The interpreter in a script's first line. */
const parseInterpreter = (text: string): string => /^#!\s*([^\r\n]+)/.exec(text)?.[1]?.trim() ?? '/bin/sh';

interface RecordingScript {
  readonly folder: string;
  readonly work: string;
  readonly path: string;
  readonly program: string;
  readonly setup: string;
}

/**
 * A record is written completely or not at all. A signal to the job is sent to its script, and the exit is recorded.
 */
const formatRecordingScript = ({ folder, work, path, program, setup }: RecordingScript): string => `#!/bin/sh
# Runs the script and records how it ended.
cd -- ${quoteWord(folder)} || exit 1
# What this shell itself says, such as that the script was terminated, is none of the script's output.
exec < /dev/null > ${recordedLogName} 2> /dev/null
record() { printf '%s\\n' "$2" > ${quoteWord(folder)}"/.$1.new" && mv -f -- ${quoteWord(folder)}"/.$1.new" ${quoteWord(folder)}"/.$1"; }
record started "started $(date +%s) $$ $(uname -n)"
script=
trap '[ -z "$script" ] || kill -TERM "$script" 2> /dev/null' TERM INT HUP
(
  cd -- ${quoteWord(work)} || exit 1
${setup === '' ? '' : `  ${setup}\n`}  exec ${program} ${quoteWord(path)} "$@"
) 2>&1 &
script=$!
wait "$script"
code=$?
while kill -0 "$script" 2> /dev/null; do
  wait "$script"
  code=$?
done
record ended "ended $code $(date +%s)"
exit "$code"
`;

/**
 * A command that cancels a job of {@link toRecordingBatch}, for schedulers that only remove a job from their queue:
 * afterwards a running script on the same machine is terminated, but not another process that has its ID by now.
 */
export const toCancelArgv = (argv: readonly string[], job: SchedulerJob | undefined): readonly string[] => {
  const folder = job && findOwnFolder(job);
  return folder === undefined ? argv : ['sh', '-c', cancelScript, 'sh', folder, ...argv];
};

const cancelScript = `
folder=$1; shift
"$@"; code=$?
[ -f "$folder/.started" ] && [ ! -f "$folder/.ended" ] || exit $code
read -r word time pid node < "$folder/.started"
case $pid in ''|*[!0-9]*) exit $code;; esac
case $(ps -o args= -p "$pid") in *"$folder/${batchFileName}"*) kill -TERM "$pid" && exit 0;; esac
exit $code
`;
