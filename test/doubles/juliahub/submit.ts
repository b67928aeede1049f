import { createHash, randomBytes } from 'node:crypto';
import { json, jsonOf, text, type Asked, type Reply } from './http.js';
import { imageKeys, nodeRows, products } from './lists.js';
import type { DoubleJob, State, StoredFile } from './state.js';

/** A form's fields; undefined: the body is no form of the kind that the server's own client sends. Source: reference 3.4. */
function parseForm(state: State, asked: Asked): Map<string, string> | undefined {
  const [, boundary] =
    /^multipart\/form-data; boundary="?([^";]+)"?$/.exec(asked.header('content-type') ?? '') ?? [];
  if (boundary === undefined) {
    state.violations.push('a submission that is no multipart form (3.4)');
    return undefined;
  }
  const whole = asked.body.toString('latin1');
  const parts = whole.split(`--${boundary}`);
  if (!parts.at(-1)?.startsWith('--')) {
    state.violations.push('a form without its end (3.4)');
    return undefined;
  }
  const fields = new Map<string, string>();
  for (const part of parts.slice(1, -1)) {
    const match =
      /^\r\nContent-Disposition: form-data; name="([^"]*)"([^\r]*)\r\n((?:[^\r]+\r\n)*)\r\n([\s\S]*)\r\n$/.exec(
        part,
      );
    if (!match) {
      state.violations.push(`a part of another form: ${part.slice(0, 80)} (3.4)`);
      return undefined;
    }
    const [, name = '', more = '', headers = '', value = ''] = match;
    if (more !== '' || headers !== '')
      state.violations.push(`the part ${name} has more than a name: ${more}${headers} (3.4, 12.4)`);
    if (fields.has(name)) state.violations.push(`the field ${name} comes twice (3.4)`);
    fields.set(name, Buffer.from(value, 'latin1').toString('utf8'));
  }
  return fields;
}

const known = new Set(
  (
    'args customcode usercode projecttoml manifesttoml appbundle appbundle_upload_info projectid appType appArgs dns_prefix ' +
    'registry_name package_name branch_name git_revision product_name image image_tag image_sha256 sysimage_build ' +
    'sysimage_manifest_sha node_class cpu nworkers min_workers_required elastic isthreaded limit_type limit_value ' +
    'effective_time_limit est_cost'
  ).split(' '),
);
const always = [
  'args',
  'customcode',
  'sysimage_build',
  'node_class',
  'cpu',
  'nworkers',
  'elastic',
  'isthreaded',
  'limit_type',
  'est_cost',
];

/** What is wrong with a submission; each with the section that says so. */
function wrongs(state: State, fields: ReadonlyMap<string, string>): readonly string[] {
  const at = (name: string): string => fields.get(name) ?? '';
  const has = (name: string): boolean => fields.has(name);
  const wrong: string[] = [];
  const must = (is: boolean, what: string): void => {
    if (!is) wrong.push(what);
  };
  for (const name of fields.keys()) must(known.has(name), `unknown field ${name} (3.4)`);
  for (const name of always) must(has(name), `no ${name} (3.4)`);
  const args = jsonOf(at('args'));
  must(
    typeof args === 'object' &&
      args !== null &&
      Object.values(args).every((value) => typeof value === 'string'),
    'args is no object of texts (3.4)',
  );
  must(['true', 'false'].includes(at('customcode')), 'customcode (3.4)');
  must(at('customcode') !== 'true' || has('usercode'), 'customcode without usercode (3.5)');
  must(['true', 'nothing'].includes(at('sysimage_build')), `sysimage_build=${at('sysimage_build')} (3.4)`);
  must(
    nodeRows.some(([name, , cpus]) => name === at('node_class') && String(cpus) === at('cpu')),
    `no node ${at('node_class')}/${at('cpu')} (3.3)`,
  );
  must(/^\d+$/.test(at('nworkers')), 'nworkers (3.3)');
  must(
    ['true', 'false'].includes(at('elastic')) && ['true', 'false'].includes(at('isthreaded')),
    'elastic or isthreaded (3.3)',
  );
  if (has('min_workers_required')) {
    must(
      /^\d+$/.test(at('min_workers_required')) && Number(at('min_workers_required')) < Number(at('nworkers')),
      'min_workers_required (3.3)',
    );
    must(at('elastic') === 'false', 'min_workers_required with elastic (3.3)');
  }
  if (at('limit_type') === 'time') {
    must(/^[1-9]\d*$/.test(at('limit_value')), 'limit_value (3.4)');
    must(
      at('limit_value') === at('effective_time_limit'),
      'limit_value and effective_time_limit differ (3.4)',
    );
  } else {
    must(at('limit_type') === 'unlimited', 'limit_type (3.4)');
    must(!has('limit_value') && !has('effective_time_limit'), 'unlimited with a value (3.4)');
  }
  if (has('projectid'))
    must(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(at('projectid')), 'projectid (3.5)');
  if (has('image')) must(imageKeys.has(at('image')) && has('product_name'), `image ${at('image')} (3.2)`);
  if (has('product_name')) must(products.has(at('product_name')), `product ${at('product_name')} (3.2)`);
  if (has('appArgs')) wrong.push(...wrongPort(fields));
  if (has('dns_prefix')) must(has('appArgs'), 'dns_prefix without a port (7.5)');
  if (has('appbundle')) wrong.push(...wrongBundle(state, fields));
  if (at('sysimage_build') === 'true' && at('customcode') === 'true') {
    must(/^[0-9a-f]{64}$/.test(at('sysimage_manifest_sha')), 'sysimage_manifest_sha (3.4)');
    if (has('manifesttoml'))
      must(
        at('sysimage_manifest_sha') === sha256(Buffer.from(at('manifesttoml'))),
        'sysimage_manifest_sha is not that of the manifest (3.4, 12.4)',
      );
  }
  must(at('customcode') === 'true' || has('appType'), 'an application without appType (3.4)');
  return wrong;
}

/** Source: reference 3.5 and 7.5. */
function wrongPort(fields: ReadonlyMap<string, string>): readonly string[] {
  const args = jsonOf(fields.get('appArgs') ?? '') as Record<string, unknown> | undefined;
  if (!args) return ['appArgs is no JSON (7.5)'];
  const { port, authentication, authorization, password, ...rest } = args;
  const wrong: string[] = [];
  if (Object.keys(rest).length > 0) wrong.push(`appArgs holds ${Object.keys(rest).join()} (7.5)`);
  const isPort =
    typeof port === 'number' &&
    ((port >= 1025 && port <= 9008) ||
      (port >= 9010 && port <= 23_399) ||
      (port >= 23_500 && port <= 32_767));
  if (fields.get('customcode') === 'true' && !isPort) wrong.push(`port ${String(port)} (3.5)`);
  if (typeof authentication !== 'boolean' || !['me', 'anyone'].includes(String(authorization)))
    wrong.push('access of the port (7.5)');
  if (!authentication && authorization !== 'anyone') wrong.push('access of the port (7.5)');
  if (password !== undefined && (typeof password !== 'string' || !authentication))
    wrong.push('password of the port (7.5)');
  if (fields.get('customcode') === 'true' && fields.get('product_name') !== 'standard-interactive')
    wrong.push('a port needs the interactive product (3.4)');
  return wrong;
}

/** Source: reference 3.6. */
function wrongBundle(state: State, fields: ReadonlyMap<string, string>): readonly string[] {
  if (fields.get('appbundle') !== '__APPBUNDLE_EXTERNAL_UPLOAD__') return ['appbundle (3.4)'];
  const info = jsonOf(fields.get('appbundle_upload_info') ?? '') as Record<string, unknown> | undefined;
  if (!info) return ['appbundle_upload_info is no JSON (3.4)'];
  const names = Object.keys(info).sort().join();
  if (names !== 'file_name,file_size,file_type,hash,hash_alg')
    return [`appbundle_upload_info holds ${names} (3.6)`];
  const bytes = state.bundles.get(String(info['hash']));
  if (!bytes) return ['a bundle that was never uploaded (3.6)'];
  if (bytes.length !== info['file_size']) return ['file_size is not that of the bundle (3.6)'];
  return [];
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Takes a submission; `start` runs it. */
export function submitRoute(
  state: State,
  user: string,
  asked: Asked,
  start: (job: DoubleJob) => void,
): Reply {
  const { refuseSubmit } = state.controls;
  const fields = parseForm(state, asked);
  if (!fields) return text('bad form', 400);
  const wrong = wrongs(state, fields);
  state.violations.push(...wrong);
  if (wrong.length > 0) return json({ success: false, message: wrong.join('; ') });
  if (refuseSubmit !== undefined) return json({ success: false, message: refuseSubmit });
  const job = newJob(state, user, fields);
  state.jobs.unshift(job);
  start(job);
  return json({ success: true, message: '', jobname: job.name });
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

function newJob(state: State, user: string, fields: ReadonlyMap<string, string>): DoubleJob {
  const name = `jr-${[...randomBytes(10)].map((byte) => letters[byte % letters.length]).join('')}`;
  const file = (type: StoredFile['type'], called: string, value: string | Buffer): StoredFile => ({
    name: called,
    type,
    bytes: Buffer.from(value),
  });
  const files: StoredFile[] = [];
  const code = fields.get('usercode');
  if (code !== undefined) files.push(file('input', 'code.jl', code), file('source', 'code.jl', code));
  const project = fields.get('projecttoml');
  if (project !== undefined)
    files.push(file('input', 'Project.toml', project), file('project', 'Project.toml', project));
  const manifest = fields.get('manifesttoml');
  if (manifest !== undefined)
    files.push(file('input', 'Manifest.toml', manifest), file('project', 'Manifest.toml', manifest));
  const info = jsonOf(fields.get('appbundle_upload_info') ?? '') as { hash: string } | undefined;
  const bundle = info && state.bundles.get(info.hash);
  if (bundle) files.push(file('input', 'appbundle.tar', bundle));
  return {
    id: 8000 + state.jobs.length,
    name,
    user,
    fields,
    status: 'Submitted',
    submitted: Date.now(),
    results: '',
    limitHours: fields.get('limit_type') === 'time' ? Number(fields.get('limit_value')) : undefined,
    log: [],
    files,
    listeners: new Set(),
  };
}
