import { connect } from 'node:net';

/**
 * Names of the variables that identify the window. They are here so that the helper loads no other module.
 */
export const addressVariable = 'BATCH_JOBS_ASKPASS';
export const keyVariable = 'BATCH_JOBS_ASKPASS_KEY';

/**
 * The helper program that ssh runs: sends the prompt to the window that started ssh, and prints the answer.
 * Exits with code 1 if there is none.
 */
export function promptInEditor(text: string): void {
  const { [addressVariable]: address = '', [keyVariable]: key = '', SSH_ASKPASS_PROMPT: hint } = process.env;
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
