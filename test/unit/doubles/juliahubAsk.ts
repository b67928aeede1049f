import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { startJuliaHub, type Double, type DoubleOptions } from '../../doubles/juliahub/double.js';
import type { DoubleJob } from '../../doubles/juliahub/state.js';

/** Starts a server for a test and ends it afterwards; its violations must be the expected ones. */
export async function withHub(
  options: DoubleOptions,
  use: (double: Double) => Promise<void>,
  violations: readonly RegExp[] = [],
): Promise<void> {
  const double = await startJuliaHub(options);
  try {
    await use(double);
    const shown = double.violations.join('\n');
    assert.equal(double.violations.length, violations.length, shown);
    for (const violation of violations) assert.match(shown, violation);
  } finally {
    await double.end();
  }
}

export const bearer = (token: string): { readonly Authorization: string } => ({
  Authorization: `Bearer ${token}`,
});

/** The headers of `/api/rest`. Source: docs/protocols/juliahub.md, 1.8. */
export const hasura = { 'X-Hasura-Role': 'jhuser', 'X-JuliaHub-Ensure-JS': 'true' } as const;

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** A form as sent by the server's own client, or with another header or line break. Source: 3.4. */
export function form(
  fields: Readonly<Record<string, string>>,
  head = (name: string) => `Content-Disposition: form-data; name="${name}"`,
): { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer } {
  const parts = Object.entries(fields).map(([name, value]) => `--b42\r\n${head(name)}\r\n\r\n${value}\r\n`);
  return {
    headers: { 'Content-Type': 'multipart/form-data; boundary=b42' },
    body: Buffer.from(`${parts.join('')}--b42--\r\n`),
  };
}

/** The fields of every script. Source: docs/protocols/juliahub.md, 3.4. */
export const scriptFields = (usercode: string): Record<string, string> => ({
  args: '{}',
  customcode: 'true',
  usercode,
  sysimage_build: 'nothing',
  node_class: 'm6',
  cpu: '2',
  nworkers: '0',
  elastic: 'false',
  isthreaded: 'true',
  limit_type: 'time',
  limit_value: '1',
  effective_time_limit: '1',
  est_cost: '0',
});

/** Sends a form; returns the response. */
export async function post(
  double: Double,
  token: string,
  sent: { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer },
): Promise<unknown> {
  const answer = await fetch(`${double.url}/juliaruncloud/submit_job`, {
    method: 'POST',
    headers: { ...bearer(token), ...sent.headers },
    body: sent.body,
  });
  return answer.status === 200 ? await answer.json() : answer.status;
}

/** Submits a script, which must be accepted, and waits until its job satisfies a condition. */
export async function runScript(
  double: Double,
  usercode: string,
  more: Readonly<Record<string, string>> = {},
  is: (job: DoubleJob) => boolean = (job) => job.ended !== undefined,
): Promise<DoubleJob> {
  const answer = await post(double, double.token(), form({ ...scriptFields(usercode), ...more }));
  const [job] = double.jobs;
  assert.deepEqual(answer, { success: true, message: '', jobname: job?.name });
  assert.ok(job);
  await until(() => is(job), `the job is ${job.status}`);
  return job;
}

/** Waits for a condition, at most five seconds. */
export async function until(is: () => boolean, otherwise: string): Promise<void> {
  const giveUp = Date.now() + 5000;
  while (!is()) {
    assert.ok(Date.now() < giveUp, otherwise);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The lines printed by a job. */
export const messages = (job: DoubleJob): readonly string[] => job.log.map(({ message }) => message);
