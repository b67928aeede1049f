import { dirname } from 'node:path/posix';
import { quoteWord } from '../../../remote/quoting.js';

/** The contents of a generated batch script. */
export interface WrappedScript {
  /** The script's name, relative to the folder `work`. */
  readonly name: string;
  /** The script's absolute path, which ends with its name. */
  readonly path: string;
  /** The program that runs it: `python3 -u`. */
  readonly program: string;
  /** The job's ID as a shell expression inside the job: `${SLURM_JOB_ID-}`. */
  readonly jobId: string;
  /** The script's own directives. */
  readonly directives: readonly string[];
  /** Setup commands; empty: none. */
  readonly setup: string;
}

/** The prefix of the name of a file in the job's folder that exists from the job's start until its script starts. */
export const unstartedPrefix = '.unstarted-';

/** The exit code of a shell that has read the login profile to its end. */
const profileReadCode = '86';

/**
 * A batch script that runs a script in another language by its absolute path, in the job's working directory.
 *
 * It reads the login profile, so that `module` and the site's setup are available. Profiles can exit their shell,
 * replace it (`exec zsh`), change the directory, set options and traps, or redirect the output; none of that must
 * affect the script. Therefore each way of reading the profile is first tried in a separate shell: unchanged, without
 * its `exec` and `exit`, not at all.
 */
export function createWrapperScript({
  name,
  path,
  program,
  jobId,
  directives,
  setup,
}: WrappedScript): string {
  const work = path.slice(0, -name.length - 1);
  const project = program.startsWith('julia');
  const run = [
    ...(project
      ? [
          'project=()',
          `if [ -f ${quoteWord(`${work}/Project.toml`)} ] || [ -f ${quoteWord(`${work}/JuliaProject.toml`)} ]; then`,
          `  project=(--project=${quoteWord(work)})`,
          'fi',
        ]
      : []),
    ...(setup === '' ? [] : guardSetup(setup)),
    'command -p rm -f -- "$unstarted"',
    `exec ${program}${project ? ' "${project[@]}"' : ''} ${quoteWord(path)} "$@"`,
  ];
  return `${['#!/bin/bash -p', ...directives, ...formatProfileLines(dirname(work), jobId), ...run].join('\n')}\n`;
}

/**
 * Where the job's output and errors are saved meanwhile: descriptors that profiles do not use, such as for a lock (9,
 * 99, 200).
 */
const [out, err] = ['187', '188'];

/** With -p the shell reads none of the user's files before the first line. Source: bash(1), "INVOCATION". */
const formatProfileLines = (folder: string, jobId: string): readonly string[] => [
  '# Reads your login profile so that it cannot end or move the job, then runs the script.',
  '\\unalias -a',
  `unstarted=${quoteWord(folder)}/${unstartedPrefix}${jobId}`,
  'if [ "${BATCH_JOBS_STEP-}" != run ]; then',
  '  : > "$unstarted"',
  '  export BATCH_JOBS_STEP=run BATCH_JOBS_PWD="$PWD" BATCH_JOBS_MARK="$unstarted" BATCH_JOBS_PATH="$PATH"',
  '  self=$0; case $self in /*) ;; *) self=$PWD/$self ;; esac',
  `  exec ${out}>&1 ${err}>&2`,
  `  /bin/bash -lc 'builtin exit ${profileReadCode}' < /dev/null > /dev/null 2>&1 ${out}>&- ${err}>&-`,
  `  [ $? -eq ${profileReadCode} ] && exec /bin/bash -l "$self" "$@"`,
  "  profile='exec() { :; }; exit() { :; }",
  '    [ ! -r /etc/profile ] || . /etc/profile || :',
  '    for file in ~/.bash_profile ~/.bash_login ~/.profile; do',
  '      [ ! -r "$file" ] || { . "$file" || :; break; }',
  "    done; unset -f exec exit'",
  `  /bin/bash -pc "$profile; builtin exit ${profileReadCode}" < /dev/null > /dev/null 2>&1 ${out}>&- ${err}>&-`,
  `  if [ $? -eq ${profileReadCode} ]; then`,
  '    echo "Batch Jobs: your login profile ends its shell; it is read without its exec and exit." >&2',
  '    eval "$profile"',
  '  else',
  '    echo "Batch Jobs: your login profile ends its shell; the job runs without it." >&2',
  '  fi',
  'fi',
  'trap - EXIT ERR DEBUG RETURN HUP INT QUIT TERM USR1 USR2',
  'set +aefuvxC +o pipefail',
  'unset -f builtin command exec exit cd',
  'builtin cd -- "$BATCH_JOBS_PWD" || builtin exit 1',
  `{ : >&${out} && : >&${err}; } 2> /dev/null && exec 1>&${out} 2>&${err} ${out}>&- ${err}>&-`,
  'unstarted=$BATCH_JOBS_MARK; export PATH="${PATH:-$BATCH_JOBS_PATH}"',
  "unset BATCH_JOBS_STEP BATCH_JOBS_PWD BATCH_JOBS_MARK BATCH_JOBS_PATH profile self; IFS=$' \\t\\n'",
];

/** If a setup command exits the shell, the job ends and must not count as completed. */
const guardSetup = (setup: string): readonly string[] => [
  `trap 'code=$?; echo "Batch Jobs: the commands before the script ended the job; it was not started." >&2; builtin exit $((code ? code : ${profileReadCode}))' EXIT`,
  setup,
  'trap - EXIT',
];
