import { randomBytes } from 'node:crypto';
import { ProgramYieldedError, type Host, type RunningProgram } from './host.js';
import { createScriptCommand } from './quoting.js';

/** A program on a host that serves all requests to read files there. */
export interface SharedReader {
  /** Registers a user; call the result when it is finished. The program stops with the last user. */
  readonly join: () => () => void;
  /**
   * The response to a request: `id size` on the first line, then the bytes. Undefined: the program has
   * exited.
   * @throws as {@link RunningProgram.end}.
   */
  readonly ask: (question: string) => Promise<Buffer | undefined>;
}

/**
 * For each three lines (path, offset, maximum), prints `mark id size`, the bytes, and `mark.` on its own
 * line. Exits at the end of its input, so that none remains after the window is closed.
 */
const readerScript = `
mark=$1
set -f
while IFS= read -r path && IFS= read -r offset && IFS= read -r most; do
  if [ ! -e "$path" ]; then echo "$mark none 0"
  elif [ ! -f "$path" ]; then echo "$mark other 0"
  elif [ ! -r "$path" ]; then echo "$mark closed 0"
  else
    set -- $(LC_ALL=C ls -Lind -- "$path" 2>/dev/null)
    echo "$mark \${1:-none} \${6:-0}"
    if [ "\${6:-0}" -gt "$offset" ]; then tail -c "+$((offset + 1))" -- "$path" | head -c "$most"; fi
  fi
  printf '\\n%s.\\n' "$mark"
done
`;

interface ReaderQuestion {
  readonly text: string;
  readonly answer: (answer: Buffer | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** One run of the program. */
interface ReaderRun {
  readonly life: AbortController;
  /** Requests without a response, in order. */
  readonly open: ReaderQuestion[];
  /** Undefined: the program has not started yet, or accepts no more requests. */
  send: ((question: ReaderQuestion) => void) | undefined;
}

/**
 * Creates a reader that starts with the first request. If the host has enough sessions, it runs as long as it
 * has users; otherwise each run serves the requests collected so far and then frees its session.
 */
export function createSharedReader(host: Host): SharedReader {
  let users = 0;
  let round: ReaderRun | undefined;
  let waiting: ReaderQuestion[] = [];

  const begin = (): void => {
    const isShort = host.isNarrow?.() ?? false;
    const own: ReaderRun = { life: new AbortController(), open: [], send: undefined };
    round = own;
    runReader(host, own, isShort, () => waiting.splice(0)).then(
      () => over(own, undefined),
      (error: unknown) => over(own, error),
    );
  };
  const over = (own: ReaderRun, error: unknown): void => {
    if (round !== own) return;
    round = undefined;
    // Its requests are repeated, in a short run if hardly any sessions are free.
    const mayGoOn = error instanceof ProgramYieldedError;
    if (mayGoOn) waiting = [...own.open, ...waiting];
    else
      for (const one of own.open) {
        if (error === undefined) one.answer(undefined);
        else one.fail(error);
      }
    if (!mayGoOn && error !== undefined) for (const one of waiting.splice(0)) one.fail(error);
    if (waiting.length > 0) begin();
  };
  return {
    join: () => {
      users++;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        users--;
        if (users > 0) return;
        round?.life.abort();
        round = undefined;
        waiting = [];
      };
    },
    ask: (text) =>
      new Promise((resolve, reject) => {
        const question = { text, answer: resolve, fail: reject };
        if (round?.send) round.send(question);
        else waiting.push(question);
        if (!round) begin();
      }),
  };
}

/** Starts the program, sends the waiting requests, and reads its output until it exits. */
async function runReader(
  host: Host,
  round: ReaderRun,
  isShort: boolean,
  takeWaiting: () => readonly ReaderQuestion[],
): Promise<void> {
  const mark = `look-${randomBytes(8).toString('hex')}`;
  const command = { ...createScriptCommand(readerScript, mark), mayYield: true };
  const { input, output, end } = await host.start(command, round.life.signal);
  end.catch(() => undefined);
  const send = (question: ReaderQuestion): void => {
    round.open.push(question);
    input.write(question.text);
  };
  for (const question of takeWaiting()) send(question);
  if (isShort) input.end();
  else round.send = send;
  try {
    await readAnswers(output, mark, (answer) => round.open.shift()?.answer(answer));
    await end;
  } finally {
    round.send = undefined;
  }
}

/** Passes on the text between the markers at the start and end of a response. */
async function readAnswers(
  output: RunningProgram['output'],
  mark: string,
  answered: (answer: Buffer) => void,
): Promise<void> {
  const last = Buffer.from(`\n${mark}.\n`);
  let parts: Buffer = Buffer.alloc(0);
  for await (const part of output as AsyncIterable<Buffer>) {
    const seen = Math.max(0, parts.length - last.length);
    parts = Buffer.concat([parts, part]);
    let from = 0;
    for (let at = parts.indexOf(last, seen); at >= 0; at = parts.indexOf(last, from)) {
      answered(parts.subarray(from + mark.length + 1, at));
      from = at + last.length;
    }
    if (from > 0) parts = Buffer.from(parts.subarray(from));
  }
}
