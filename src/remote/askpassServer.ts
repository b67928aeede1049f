import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { UserPrompter, PromptRequest } from '../core/domain/ports.js';
import { parseJson } from '../lib/json.js';
import { addressVariable, keyVariable } from './askpassHelper.js';

/** The helper program that ssh runs to request input from the user. */
export interface HelperProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Forwards the prompts of ssh to the user. */
export interface AskpassServer {
  /** Environment variables that make ssh use it. */
  readonly env: Readonly<Record<string, string>>;
  /** True once the user has been prompted. */
  readonly hasAsked: () => boolean;
  /** True once the user has dismissed a prompt. */
  readonly isDeclined: () => boolean;
  /** Stops answering, including prompts in progress. */
  readonly close: () => void;
}

const AskpassRequestShape = z.object({
  key: z.string(),
  text: z.string(),
  hint: z.optional(z.string()),
  /** The process id of the ssh that prompts. With a jump host, ssh starts a second one. */
  from: z.optional(z.number()),
});

/** The dependencies of {@link startAskpassServer}. */
export interface AskpassServerDeps {
  /** A private folder for the socket and the program. */
  readonly folder: string;
  /** The title of the connection, for the prompt. */
  readonly place: string;
  readonly helper: HelperProgram;
  readonly ask: UserPrompter;
}

const isWindows = process.platform === 'win32';

/** The maximum length of a prompt, in characters. */
const maxQuestionLength = 10_000;

/** Listens for the prompts of one ssh until it is closed. */
export async function startAskpassServer(deps: AskpassServerDeps): Promise<AskpassServer> {
  const { folder, helper } = deps;
  const key = randomBytes(16).toString('hex');
  // Windows has named pipes instead of sockets in folders. Other users can open them, but do not know the
  // key.
  const address = isWindows ? `\\\\.\\pipe\\bj-${randomBytes(12).toString('hex')}` : join(folder, 'a');
  const life = new AbortController();
  const questions = createQuestionHandler(deps);
  const server = createServer((socket) => {
    if (life.signal.aborted) socket.destroy();
    else void serveQuestion(socket, key, questions.answer, life.signal);
  });
  await waitUntilListening(server, address);
  const program = join(folder, isWindows ? 'ask.cmd' : 'ask');
  await writeFile(program, isWindows ? formatWindowsScript(helper) : askpassScript, { mode: 0o700 });
  return {
    env: {
      ...helper.env,
      SSH_ASKPASS: program,
      // Since OpenSSH 8.4; earlier versions use the helper if there is no terminal but a display.
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: process.env['DISPLAY'] ?? ':0',
      BATCH_JOBS_ASKPASS_PROGRAM: helper.program,
      BATCH_JOBS_ASKPASS_MAIN: helper.args.join('\n'),
      [addressVariable]: address,
      [keyVariable]: key,
    },
    hasAsked: questions.hasAsked,
    isDeclined: questions.isDeclined,
    close: () => {
      life.abort();
      server.close();
    },
  };
}

type AnswerPrompt = (
  asked: z.infer<typeof AskpassRequestShape>,
  gone: AbortSignal,
) => Promise<string | undefined>;

/** Forwards prompts to the user. A repeated prompt means that the last answer was not accepted. */
function createQuestionHandler({ place, ask }: AskpassServerDeps): Pick<
  AskpassServer,
  'hasAsked' | 'isDeclined'
> & {
  readonly answer: AnswerPrompt;
} {
  let asked = false;
  let declined = false;
  const answered = new Set<string>();
  return {
    hasAsked: () => asked,
    isDeclined: () => declined,
    answer: async ({ text, hint, from = 0 }, gone) => {
      asked = true;
      const prompt = toPrompt(place, text, hint);
      const question = `${String(from)} ${text}`;
      const isAgain = prompt.kind !== 'confirm' && answered.has(question);
      const shown = isAgain ? `The last response was not accepted. ${text}` : text;
      const answer = await ask({ ...prompt, text: shown }, gone).catch(() => undefined);
      if (answer !== undefined) answered.add(question);
      else if (!gone.aborted && hint !== noAnswerHint) declined = true;
      return answer;
    },
  };
}

const askpassScript = `#!/bin/sh
IFS='
'
set -f
exec "$BATCH_JOBS_ASKPASS_PROGRAM" $BATCH_JOBS_ASKPASS_MAIN "$1"
`;

/** The same for Windows, where `%` must be doubled. */
const formatWindowsScript = ({ program, args }: HelperProgram): string =>
  `@${[program, ...args].map((word) => `"${word.replaceAll('%', '%%')}"`).join(' ')} %*\r\n`;

const waitUntilListening = (server: Server, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(address, resolve);
  });

/** Answers one prompt. Without the key there is no answer, and none after `over` is aborted. */
async function serveQuestion(
  socket: Socket,
  key: string,
  answer: AnswerPrompt,
  over: AbortSignal,
): Promise<void> {
  const life = new AbortController();
  const stop = (): void => {
    socket.destroy();
    life.abort();
  };
  socket.on('error', () => undefined);
  over.addEventListener('abort', stop, { once: true });
  socket.once('close', () => {
    over.removeEventListener('abort', stop);
    life.abort();
  });
  const line = await readFirstLine(socket);
  const asked = AskpassRequestShape.safeParse(line === undefined ? undefined : parseJson(line));
  if (!asked.success || asked.data.key !== key) {
    socket.destroy();
    return;
  }
  const given = await answer(asked.data, life.signal);
  socket.end(JSON.stringify(given === undefined ? {} : { answer: given }));
}

function readFirstLine(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > maxQuestionLength) resolve(undefined);
    });
    socket.once('close', () => {
      resolve(undefined);
    });
  });
}

/**
 * The hint that ssh expects no answer, for example because a security key must be touched. ssh ends the
 * helper afterward.
 */
const noAnswerHint = 'none';

/**
 * The kind of answer that ssh expects; ssh gives a hint only for some. Source: ssh(1), SSH_ASKPASS_PROMPT,
 * and its texts.
 */
function toPrompt(place: string, text: string, hint: string | undefined): PromptRequest {
  if (hint === 'confirm' || hint === noAnswerHint || /\(yes\/no(\/|\))/.test(text))
    return { place, text, kind: 'confirm' };
  const isOpen = /(?:user ?name|login):$/i.test(text.trimEnd());
  return { place, text, kind: isOpen ? 'text' : 'secret' };
}
