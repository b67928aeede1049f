import { connect } from 'node:net';

/** Names of the variables by which the helper finds the window. They are here so that it loads nothing else. */
export const addressName = 'BATCH_JOBS_ASKPASS';
export const keyName = 'BATCH_JOBS_ASKPASS_KEY';

/**
 * The small program that ssh calls: hands ssh's question to the window that started it, prints the answer and ends;
 * with exit code 1 where there is none.
 */
export function askWindow(text: string): void {
  const { [addressName]: address = '', [keyName]: key = '', SSH_ASKPASS_PROMPT: hint } = process.env;
  let answer = '';
  const fail = (): void => {
    process.exitCode = 1;
  };
  const socket = connect(address, () => {
    socket.write(
      `${JSON.stringify({ key, text, from: process.ppid, ...(hint === undefined ? {} : { hint }) })}\n`,
    );
  });
  socket.setEncoding('utf8');
  socket.on('data', (part: string) => {
    answer += part;
  });
  socket.once('error', fail);
  socket.once('end', () => {
    const given: unknown = answer === '' ? {} : JSON.parse(answer);
    if (typeof given === 'object' && given !== null && 'answer' in given && typeof given.answer === 'string')
      process.stdout.write(`${given.answer}\n`);
    else fail();
  });
}
