import { createHash } from 'node:crypto';
import type { Bundle, Request, Script } from '../../core/domain/jobSpec.js';
import { JobError } from '../../core/domain/problem.js';
import type { KnownApplication } from './applications.js';
import {
  readNodeCount,
  wrongNodeCount,
  wrongPassword,
  wrongPort,
  wrongPrefix,
  wrongProject,
} from './checks.js';
import { driverCode } from './driver.js';
import type { Field } from './form.js';
import type { Image } from './images.js';
import type { NodeType } from './nodes.js';
import { hourMs } from '../../lib/time.js';

/** The workload of a submission, with all its content. */
export type Workload =
  | { readonly kind: 'script'; readonly script: Script }
  | { readonly kind: 'bundle'; readonly entry: string; readonly bundle: Bundle }
  | { readonly kind: 'application'; readonly application: KnownApplication }
  | Stored;

/** The submission of an earlier job, as stored by the server. */
export interface Stored {
  readonly kind: 'stored';
  readonly code: string;
  readonly project?: string;
  readonly manifest?: string;
  readonly bundle?: Bundle;
}

/** The node and image selected by a request's answers. */
export interface Chosen {
  readonly node: NodeType;
  /** Undefined: the server's default. */
  readonly image?: Image;
}

/**
 * The form fields of a submission. Source: docs/protocols/juliahub.md, 3.3 to 3.7.
 *
 * @throws {@link JobError} of kind `invalid` for values that the server would refuse.
 */
export function fieldsOf(work: Workload, request: Request, chosen: Chosen): readonly Field[] {
  return [
    ...workFields(work, request),
    ...projectFields(request),
    ...imageFields(work, request, chosen),
    ...portFields(work, request),
    ...sysimageFields(work, request),
    ...computeFields(request, chosen),
    ...limitFields(request),
    ['est_cost', '0'],
  ];
}

function workFields(work: Workload, { name, env }: Request): readonly Field[] {
  if (env['jobname'] !== undefined)
    throw invalid('Remove "jobname" from the environment: JuliaHub reserves it for the job\'s name.');
  const inputs = (more: Readonly<Record<string, string>>): Field => [
    'args',
    JSON.stringify({ ...more, jobname: name, ...env }),
  ];
  switch (work.kind) {
    case 'script': {
      const { text, environment = {} } = work.script;
      return [inputs({}), ...codeFields(text), ...environmentFields(environment)];
    }
    case 'bundle':
      return [inputs({}), ...codeFields(driverCode(work.entry)), ...bundleFields(work.bundle)];
    case 'stored': {
      const sent = work.bundle ? bundleFields(work.bundle) : environmentFields(work);
      return [inputs({}), ...codeFields(work.code), ...sent];
    }
    case 'application': {
      const { kind, name: title, identity, registry } = work.application;
      const own: readonly Field[] = [inputs({ jr_uuid: identity }), ['customcode', 'false']];
      if (kind === 'default') return [...own, ['appType', title]];
      return [
        ...own,
        ['appType', 'userapp'],
        ['package_name', title],
        ...(registry === undefined ? [] : [['registry_name', registry] as const]),
      ];
    }
  }
}

const codeFields = (code: string): readonly Field[] => [
  ['customcode', 'true'],
  ['usercode', code],
];

const environmentFields = ({ project, manifest }: Pick<Stored, 'project' | 'manifest'>): readonly Field[] => [
  ...(project === undefined ? [] : [['projecttoml', project] as const]),
  ...(manifest === undefined ? [] : [['manifesttoml', manifest] as const]),
];

const bundleFields = (bundle: Bundle): readonly Field[] => [
  ['appbundle', '__APPBUNDLE_EXTERNAL_UPLOAD__'],
  ['appbundle_upload_info', JSON.stringify(uploadInfo(bundle))],
];

/**
 * Describes an upload, both in the request for its URL and in the submission. Source:
 * docs/protocols/juliahub.md, 3.6.
 */
export const uploadInfo = ({ bytes, sha256 }: Bundle) =>
  ({
    file_type: 'input',
    file_name: 'appbundle.tar',
    file_size: bytes,
    hash: sha256,
    hash_alg: 'sha2_256',
  }) as const;

function projectFields({ options }: Request): readonly Field[] {
  const project = options['project'] ?? '';
  refuse(wrongProject(project));
  return project === '' ? [] : [['projectid', project]];
}

/**
 * A job with a port runs under the interactive product. Source: docs/protocols/juliahub.md, 3.4, image rules.
 */
function imageFields(work: Workload, { options }: Request, { node, image }: Chosen): readonly Field[] {
  const version = versionFields(work, options);
  const hasPort = (options['port'] ?? '').trim() !== '';
  if (work.kind === 'application')
    return [...version, ...(hasPort ? [['product_name', 'package-interactive'] as const] : [])];
  if (!image) return hasPort ? [['product_name', 'standard-interactive']] : [];
  const key = node.gpu ? image.gpuKey : image.cpuKey;
  if (key === undefined)
    throw invalid(
      node.gpu
        ? `The image ${image.name} does not support GPU nodes.`
        : `The image ${image.name} requires a GPU node.`,
    );
  if (hasPort && image.interactive === undefined)
    throw invalid(`Jobs with the image ${image.name} cannot open a port.`);
  return [
    ['product_name', (hasPort ? image.interactive : image.product) ?? image.product],
    ['image', key],
    ...(image.tag === undefined ? [] : [['image_tag', image.tag] as const]),
  ];
}

function versionFields(work: Workload, options: Request['options']): readonly Field[] {
  if (work.kind !== 'application' || work.application.kind === 'default') return [];
  const version = (options['version'] ?? '').trim();
  switch (options['versionKind']) {
    case 'branch':
      return [['branch_name', version || 'HEAD']];
    case 'revision':
      return version === '' ? [] : [['git_revision', version]];
    default:
      return [];
  }
}

/** Source: docs/protocols/juliahub.md, 7.5. */
function portFields(work: Workload, { options }: Request): readonly Field[] {
  const port = (options['port'] ?? '').trim();
  refuse(wrongPort(port));
  if (port !== '' && work.kind === 'application' && work.application.kind === 'default')
    throw invalid(`${work.application.title} opens its own port; remove the exposed port.`);
  const access = accessOf(options);
  if (port === '') return work.kind === 'application' ? [['appArgs', JSON.stringify(access)]] : [];
  const prefix = (options['dnsPrefix'] ?? '').trim();
  refuse(wrongPrefix(prefix));
  return [
    ['appArgs', JSON.stringify({ port: Number(port), ...access })],
    ...(prefix === '' ? [] : [['dns_prefix', prefix] as const]),
  ];
}

function accessOf({ access, password = '' }: Request['options']): Readonly<Record<string, unknown>> {
  switch (access) {
    case 'anyone':
      return { authentication: true, authorization: 'anyone' };
    case 'password':
      refuse(wrongPassword(password));
      return { authentication: true, authorization: 'anyone', password };
    case 'public':
      return { authentication: false, authorization: 'anyone' };
    default:
      return { authentication: true, authorization: 'me' };
  }
}

/**
 * Source: docs/protocols/juliahub.md, 3.4: without a system image, the server's own client sends the word
 * `nothing`.
 */
function sysimageFields(work: Workload, { options }: Request): readonly Field[] {
  if (options['sysimage'] !== 'yes') return [['sysimage_build', 'nothing']];
  if (work.kind === 'application') return [['sysimage_build', 'true']];
  const sha256 = manifestSha256(work);
  if (sha256 === undefined) throw invalid('A system image requires a Manifest.toml.');
  return [
    ['sysimage_build', 'true'],
    ['sysimage_manifest_sha', sha256],
  ];
}

function manifestSha256(work: Workload): string | undefined {
  if (work.kind === 'application') return undefined;
  if (work.kind === 'bundle') return work.bundle.manifestSha256;
  if (work.kind === 'stored' && work.bundle) return work.bundle.manifestSha256;
  const manifest = work.kind === 'script' ? work.script.environment?.manifest : work.manifest;
  return manifest === undefined ? undefined : createHash('sha256').update(manifest, 'utf8').digest('hex');
}

/**
 * Memory and GPU are not sent: node class and cores determine the node. Source: docs/protocols/juliahub.md,
 * 3.3.
 */
function computeFields({ options }: Request, { node }: Chosen): readonly Field[] {
  const isElastic = options['elastic'] === 'yes';
  const text = options['nodes'] ?? '1';
  refuse(wrongNodeCount(text, isElastic));
  const { least, most = 1 } = readNodeCount(text) ?? {};
  return [
    ['node_class', node.nodeClass],
    ['cpu', String(node.cpus)],
    ['nworkers', String(most - 1)],
    ...(least === undefined ? [] : [['min_workers_required', String(least - 1)] as const]),
    ['elastic', String(isElastic)],
    ['isthreaded', String(options['processes'] !== 'core')],
  ];
}

function limitFields({ limitMs }: Request): readonly Field[] {
  if (limitMs === undefined) return [['limit_type', 'unlimited']];
  const hours = limitMs / hourMs;
  if (!Number.isInteger(hours) || hours < 1) throw invalid('JuliaHub time limits must be whole hours.');
  return [
    ['limit_type', 'time'],
    ['limit_value', String(hours)],
    ['effective_time_limit', String(hours)],
  ];
}

const invalid = (why: string): JobError => new JobError({ kind: 'invalid', why });

function refuse(wrong: string | undefined): void {
  if (wrong !== undefined) throw invalid(wrong);
}
