import {
  defaultApps,
  imageOptions,
  imagesOf,
  isBatchProduct,
  legacyProduct,
  nodeRows,
  ownApps,
  packageApps,
  registries,
} from './catalog.js';
import { jsonOf } from './http.js';
import { wrongPort } from './portFields.js';

/** Access to a form's fields. */
export interface Fields {
  readonly has: (name: string) => boolean;
  /** Empty if the field does not exist. */
  readonly at: (name: string) => string;
}

/** Records a violation unless `is`; `section` is a section of juliahub.md. */
export type Must = (is: boolean, what: string, section: string) => void;

/** Source: docs/protocols/juliahub.md, 3.4. */
const known = new Set(
  (
    'args customcode usercode projecttoml manifesttoml appbundle appbundle_upload_info projectid appType appArgs dns_prefix ' +
    'registry_name package_name branch_name git_revision product_name image image_tag image_sha256 sysimage_build ' +
    'sysimage_manifest_sha node_class cpu nworkers min_workers_required elastic isthreaded limit_type limit_value ' +
    'effective_time_limit est_cost'
  ).split(' '),
);
const always =
  'args customcode sysimage_build node_class cpu nworkers elastic isthreaded limit_type est_cost'.split(' ');

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const isBoolean = (value: string): boolean => value === 'true' || value === 'false';
const isCount = (value: string): boolean => /^(0|[1-9]\d*)$/.test(value);

/**
 * The violations in the fields of a submission, each with its section; bundles and hashes are checked
 * elsewhere. `products`: whether the server has products.
 */
export function wrongFields(fields: ReadonlyMap<string, string>, products: boolean): readonly string[] {
  const wrong: string[] = [];
  const must: Must = (is, what, section) => {
    if (!is) wrong.push(`submit_job: ${what} (${section})`);
  };
  const all: Fields = { has: (name) => fields.has(name), at: (name) => fields.get(name) ?? '' };
  for (const name of fields.keys()) must(known.has(name), `unknown field ${name}`, '3.4');
  for (const name of always) must(all.has(name), `no ${name}`, '3.4');
  if (wrong.length > 0) return wrong;
  for (const check of [general, node, limit, kind, products ? image : legacy, wrongPort]) check(all, must);
  return wrong;
}

function general({ has, at }: Fields, must: Must): void {
  const args = jsonOf(at('args'));
  const isObject = typeof args === 'object' && args !== null && !Array.isArray(args);
  must(
    isObject && Object.values(args).every((value) => typeof value === 'string'),
    'args is not an object of strings',
    '3.4, 3.5',
  );
  must(isBoolean(at('customcode')), `customcode=${at('customcode')}`, '3.4');
  must(['true', 'nothing'].includes(at('sysimage_build')), `sysimage_build=${at('sysimage_build')}`, '3.4');
  must(at('est_cost') === '0', `est_cost=${at('est_cost')}`, '3.4');
  if (has('projectid')) must(uuid.test(at('projectid')), `projectid=${at('projectid')}`, '3.5');
  if (has('image_sha256'))
    must(/^sha256:[0-9a-f]{64}$/.test(at('image_sha256')), `image_sha256=${at('image_sha256')}`, '3.4');
}

/** Source: docs/protocols/juliahub.md, 3.3. */
function node({ has, at }: Fields, must: Must): void {
  must(
    nodeRows.some(([name, , cpus]) => name === at('node_class') && String(cpus) === at('cpu')),
    `no node ${at('node_class')} with ${at('cpu')} CPUs`,
    '3.3',
  );
  must(isCount(at('nworkers')), `nworkers=${at('nworkers')}`, '3.3');
  must(isBoolean(at('elastic')), `elastic=${at('elastic')}`, '3.3');
  must(isBoolean(at('isthreaded')), `isthreaded=${at('isthreaded')}`, '3.3');
  if (!has('min_workers_required')) return;
  const least = at('min_workers_required');
  must(
    isCount(least) && Number(least) < Number(at('nworkers')),
    `min_workers_required=${least} with nworkers=${at('nworkers')}`,
    '3.3',
  );
  must(at('elastic') === 'false', 'min_workers_required and elastic', '3.3');
}

/** Source: docs/protocols/juliahub.md, 3.4 and 3.5. */
function limit({ has, at }: Fields, must: Must): void {
  if (at('limit_type') === 'time') {
    must(/^[1-9]\d*$/.test(at('limit_value')), `limit_value=${at('limit_value')}`, '3.5');
    must(
      at('limit_value') === at('effective_time_limit'),
      `limit_value=${at('limit_value')} and effective_time_limit=${at('effective_time_limit')}`,
      '3.4',
    );
    return;
  }
  must(at('limit_type') === 'unlimited', `limit_type=${at('limit_type')}`, '3.5');
  for (const name of ['limit_value', 'effective_time_limit'])
    must(!has(name), `${name} of a job without a limit`, '3.4');
}

/** The fields of each kind of job. Source: docs/protocols/juliahub.md, 3.4 and 3.7. */
function kind(fields: Fields, must: Must): void {
  const { has, at } = fields;
  const isBatch = at('customcode') === 'true';
  const never = (names: string, of: string): void => {
    for (const name of names.split(' ')) must(!has(name), `${name} of ${of}`, '3.4');
  };
  must(has('appbundle') === has('appbundle_upload_info'), 'appbundle without appbundle_upload_info', '3.6');
  if (isBatch) {
    must(has('usercode'), 'customcode without usercode', '3.5');
    never('appType registry_name package_name branch_name git_revision', 'a batch job');
    if (has('appbundle')) never('projecttoml manifesttoml', 'a bundle');
    return;
  }
  never('usercode projecttoml manifesttoml appbundle appbundle_upload_info', 'an application');
  must(has('appType'), 'an application without appType', '3.4');
  must(has('appArgs'), 'an application without appArgs', '3.4');
  if (at('appType') === 'userapp') packageJob(fields, must);
  else {
    never('registry_name package_name branch_name git_revision', 'a default application');
    must(
      defaultApps.some(({ appType }) => appType === at('appType') && appType !== 'batchjob'),
      `appType=${at('appType')}`,
      '3.7',
    );
    must(argOf(at('args'), 'jr_uuid') === at('appType'), 'jr_uuid that is not the appType', '3.7');
  }
}

const argOf = (args: string, name: string): unknown => {
  const value = jsonOf(args);
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
};

/** Source: docs/protocols/juliahub.md, 3.4, 3.7 and 8. */
function packageJob({ has, at }: Fields, must: Must): void {
  const source = argOf(at('args'), 'jr_uuid');
  must(has('package_name'), 'a package job without package_name', '3.4');
  must(!(has('branch_name') && has('git_revision')), 'branch_name and git_revision', '3.4');
  must(argOf(at('args'), 'jobname') !== undefined, 'a package job without jobname in args', '3.4');
  if (!has('registry_name')) {
    must(
      ownApps.some(({ repourl, name }) => repourl === source && name === at('package_name')),
      `no own application ${at('package_name')} at ${String(source)}`,
      '3.7',
    );
    return;
  }
  const app = packageApps.find(({ uuid: id, name }) => id === source && name === at('package_name'));
  must(app !== undefined, `no package application ${at('package_name')}, ${String(source)}`, '3.7');
  const registry = registries.find(({ name }) => name === at('registry_name'));
  must(
    registry !== undefined &&
      app?.registrymap.some(({ id, status }) => status && id === String(registry.id)) !== false,
    `registry_name=${at('registry_name')}`,
    '8',
  );
}

/** Source: docs/protocols/juliahub.md, 3.2 and 3.4. */
function image({ has, at }: Fields, must: Must): void {
  const port = argOf(at('appArgs'), 'port');
  if (!has('image')) {
    must(port !== undefined || !has('product_name'), 'product_name without image or port', '3.4');
    must(!has('image_tag'), 'image_tag without image', '3.4');
    return;
  }
  const product = at('product_name');
  must(product !== '', 'image without product_name', '3.4');
  // The images of packages with a port are unknown; those of the interactive product are assumed.
  const images = imagesOf(product === 'package-interactive' ? 'standard-interactive' : product);
  const found = images.find(({ image_key_name }) => image_key_name === at('image'));
  must(found !== undefined, `product ${product} has no image ${at('image')}`, '3.2');
  if (port === undefined && at('customcode') === 'true')
    must(isBatchProduct(product), `product ${product} of a batch job`, '3.2');
  if (!found) return;
  const hasGpu = nodeRows.some(([name, gpu]) => gpu && name === at('node_class'));
  must(found.type.endsWith(hasGpu ? '-gpu' : '-cpu'), `image ${at('image')} on ${at('node_class')}`, '3.4');
  const [first] = images.filter(({ display_name }) => display_name === found.display_name);
  if (has('image_tag')) must(first?.image_tag === at('image_tag'), `image_tag=${at('image_tag')}`, '3.2');
  else must(first?.image_tag === undefined, `image ${at('image')} without its tag`, '3.4');
}

/** Features that servers up to 6.1 do not have. Source: docs/protocols/juliahub.md, 3.2 and 12.3. */
function legacy({ has, at }: Fields, must: Must): void {
  must(at('limit_type') === 'time', 'a job without a limit at an old server', '12.3');
  must(at('sysimage_build') !== 'true', 'a system image at an old server', '12.3');
  must(!has('image_tag'), 'image_tag at an old server', '12.3');
  if (!has('image')) return;
  must(at('product_name') === legacyProduct, `product ${at('product_name')} at an old server`, '3.2');
  const keys = imageOptions.batchjob.flatMap(({ attrchoices }) =>
    attrchoices.flatMap((choice) => ('value' in choice ? [choice.value] : [])),
  );
  must(
    keys.some((key) => key === at('image')),
    `no image ${at('image')}`,
    '3.2',
  );
}
