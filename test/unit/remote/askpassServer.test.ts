import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { startAskpassServer, type AskpassServer } from '../../../src/remote/askpassServer.js';
import type { UserPrompter, PromptRequest } from '../../../src/core/domain/ports.js';
import { inTemp, until } from './doubles.js';

const execute = promisify(execFile);
const isWindows = process.platform === 'win32'; // where only a shell starts a .cmd
const quoted = (text: string): string => (isWindows ? `"${text}"` : text);

/** Runs the askpass program as ssh does. */
async function ask(
  asking: AskpassServer,
  text: string,
  hint?: string,
): Promise<{ code: number; output: string }> {
  const env = { ...process.env, ...asking.env, ...(hint === undefined ? {} : { SSH_ASKPASS_PROMPT: hint }) };
  try {
    const { stdout } = await execute(asking.env['SSH_ASKPASS'] ?? '', [quoted(text)], {
      env,
      shell: isWindows,
    });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, output: stdout };
  }
}

/** Sends a text to the socket; returns the response before it is closed. */
const send = (asking: AskpassServer, text: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(asking.env['BATCH_JOBS_ASKPASS'] ?? '', () => socket.write(text));
    socket.on('data', (part) => (answer += part.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });

/** Listens, with the real helper as it is built for the extension. */
const listening = (
  answer: UserPrompter,
  run: (asking: AskpassServer, folder: string) => Promise<void>,
): Promise<void> =>
  inTemp(async (folder) => {
    const main = join(folder, "it's $x helper.cjs");
    buildSync({
      entryPoints: [join(import.meta.dirname, '../../../src/programs/askpass.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: main,
      logLevel: 'error',
    });
    const helper = { program: process.execPath, args: [main, '--ask'], env: { GIVEN: '1' } };
    const asking = await startAskpassServer({ folder, place: 'Alpha', helper, ask: answer });
    try {
      await run(asking, folder);
    } finally {
      asking.close();
    }
  });

describe('the prompts of ssh', () => {
  it("are shown in ssh's own words, and the answer is forwarded", async () => {
    const prompts: PromptRequest[] = [];
    const answer: UserPrompter = async (prompt) => {
      prompts.push(prompt);
      return 'pass "word" $x';
    };
    await listening(answer, async (asking) => {
      assert.equal(asking.hasAsked(), false);
      // A shell passes no double quotes on within others, and no file name of Windows has any.
      const text = `Enter passphrase for key '/home/al/.ssh/id ${isWindows ? 'x' : '"x"'} $(id)': `;
      assert.deepEqual(await ask(asking, text), { code: 0, output: 'pass "word" $x\n' });
      assert.deepEqual(prompts, [{ place: 'Alpha', text, kind: 'secret' }]);
      assert.deepEqual([asking.hasAsked(), asking.isDeclined()], [true, false]);
      assert.equal(asking.env['GIVEN'], '1');
    });
  });

  it('are classified: yes or no, a name, a secret', async () => {
    const kinds: string[] = [];
    const answer: UserPrompter = async ({ kind }) => {
      kinds.push(kind);
      return 'yes';
    };
    await listening(answer, async (asking) => {
      await ask(asking, 'Are you sure you want to continue connecting (yes/no/[fingerprint])? ');
      await ask(asking, 'Allow use of key x?', 'confirm');
      await ask(asking, 'Username: ');
      await ask(asking, "ada@alpha's password: ");
      await ask(asking, 'Confirm user presence for key ED25519-SK x', 'none');
    });
    assert.deepEqual(kinds, ['confirm', 'confirm', 'text', 'secret', 'confirm']);
  });

  it('remain unanswered if the user dismisses them, or if the prompt fails', async () => {
    await listening(
      async () => undefined,
      async (asking) => {
        assert.deepEqual(await ask(asking, 'x: '), { code: 1, output: '' });
        assert.equal(asking.isDeclined(), true);
      },
    );
    await listening(
      () => Promise.reject(new Error('no')),
      async (asking) => {
        assert.equal((await ask(asking, 'x: ')).code, 1);
        assert.equal(asking.isDeclined(), true);
      },
    );
  });

  it('can have an empty answer', async () => {
    await listening(
      async () => '',
      async (asking) => {
        assert.deepEqual(await ask(asking, 'x: '), { code: 0, output: '\n' });
      },
    );
  });

  it('are answered only with the key, and only if they are prompts', async () => {
    let asked = 0;
    await listening(
      async () => {
        asked++;
        return 'secret';
      },
      async (asking, folder) => {
        const stranger: AskpassServer = {
          ...asking,
          env: { ...asking.env, BATCH_JOBS_ASKPASS_KEY: 'f'.repeat(32) },
        };
        assert.equal((await ask(stranger, 'x: ')).code, 1);
        for (const text of ['{}\n', 'null\n', 'nonsense\n', 'x'.repeat(20_000), '{"key":1,"text":"x"}\n'])
          assert.equal(await send(asking, text), '', text.slice(0, 20));
        assert.equal(asked, 0);
        assert.equal(asking.hasAsked(), false);
        if (!isWindows) assert.equal((await stat(join(folder, 'ask'))).mode & 0o777, 0o700);
      },
    );
  });

  it('are closed without an answer when ssh no longer waits', async () => {
    let taken = false;
    const answer: UserPrompter = (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          taken = true;
          resolve(undefined);
        });
      });
    await listening(answer, async (asking) => {
      const env = { ...process.env, ...asking.env, SSH_ASKPASS_PROMPT: 'none' };
      const helper = spawn(asking.env['SSH_ASKPASS'] ?? '', [quoted('Confirm user presence')], {
        env,
        shell: isWindows,
      });
      await until(() => asking.hasAsked());
      helper.kill();
      await until(() => taken);
      assert.equal(asking.isDeclined(), false);
    });
  });

  it('are not answered once the connection is ready or has failed, also if they started before', async () => {
    let asked = 0;
    const answer: UserPrompter = (_, signal) =>
      new Promise((resolve) => {
        asked++;
        signal.addEventListener('abort', () => resolve('secret'));
      });
    await listening(answer, async (asking) => {
      const begun = ask(asking, 'x: ');
      await until(() => asking.hasAsked());
      // Connected before, so that closing the server alone would not block it.
      const early = connect(asking.env['BATCH_JOBS_ASKPASS'] ?? '');
      early.on('error', () => undefined);
      let told = '';
      early.on('data', (part) => (told += part.toString()));
      await new Promise((resolve) => early.once('connect', resolve));
      await sleep(50);
      asking.close();
      early.write(`${JSON.stringify({ key: asking.env['BATCH_JOBS_ASKPASS_KEY'], text: 'y: ' })}\n`);
      assert.deepEqual(await begun, { code: 1, output: '' });
      assert.equal((await ask(asking, 'z: ')).code, 1);
      assert.deepEqual([asked, told], [1, '']);
      assert.equal(asking.isDeclined(), false);
    });
  });

  it('report that the last answer was rejected if the same prompt is repeated', async () => {
    const texts: string[] = [];
    const answer: UserPrompter = async ({ text }) => {
      texts.push(text);
      return 'wrong';
    };
    await listening(answer, async (asking) => {
      await ask(asking, "Enter passphrase for key 'a': ");
      await ask(asking, "Enter passphrase for key 'a': ");
      await ask(asking, "Enter passphrase for key 'b': ");
      await ask(asking, 'Are you sure (yes/no)? ');
      await ask(asking, 'Are you sure (yes/no)? ');
    });
    assert.deepEqual(texts, [
      "Enter passphrase for key 'a': ",
      "The last response was not accepted. Enter passphrase for key 'a': ",
      "Enter passphrase for key 'b': ",
      'Are you sure (yes/no)? ',
      'Are you sure (yes/no)? ',
    ]);
  });

  it('do not report it to a second ssh with the same prompt, such as a jump host', async () => {
    const texts: string[] = [];
    const answer: UserPrompter = async ({ text }) => {
      texts.push(text);
      return 'right';
    };
    await listening(answer, async (asking) => {
      for (const from of [1, 2]) {
        const { BATCH_JOBS_ASKPASS_KEY: key } = asking.env;
        await send(asking, `${JSON.stringify({ key, text: 'Password: ', from })}\n`);
      }
    });
    assert.deepEqual(texts, ['Password: ', 'Password: ']);
  });
});
