import { dayMs } from '../../lib/time.js';
import * as z from 'zod/mini';
import type { JobMetadata, JobMetadataChange } from '../../core/domain/jobMetadata.js';

// What JSON.parse gives is JSON, however deep.
const jsonShape = z.unknown();
const valuesShape = z.record(z.string(), jsonShape);
const textsShape = z.record(z.string(), z.string());

/** The form of each field. What another version adds inside them is kept. */
const fieldShapes: { readonly [F in keyof Required<JobMetadata>]: z.ZodMiniType } = {
  label: z.string(),
  isPinned: z.boolean(),
  group: z.string(),
  folder: z.string(),
  description: z.string(),
  labels: z.array(z.string()),
  properties: valuesShape,
  request: z.looseObject({
    args: z.array(z.string()),
    env: textsShape,
    options: textsShape,
    limitMs: z.optional(z.number()),
    omitted: z.optional(z.array(z.string())),
  }),
  parameters: valuesShape,
  row: z.looseObject({ index: z.int(), values: valuesShape }),
  repeated: z.array(z.string()),
  failure: z.looseObject({
    text: z.optional(z.string()),
    file: z.optional(z.string()),
    line: z.optional(z.int()),
    lastLine: z.optional(z.string()),
    startedMs: z.optional(z.number()),
  }),
  result: jsonShape,
  record: valuesShape,
  facts: valuesShape,
  noteMs: z.number(),
};

/** The names of all fields. */
// SAFETY: the object has exactly these keys.
export const fieldNames = Object.keys(fieldShapes) as readonly (keyof JobMetadata)[];

/** True where a value has the form of a request. */
export const isRequest = (value: unknown): value is NonNullable<JobMetadata['request']> =>
  fieldShapes.request.safeParse(value).success;

/** The fields that only the user sets: an entry with one of them is never removed for its age. */
const userFields: readonly (keyof JobMetadata)[] = [
  'label',
  'isPinned',
  'group',
  'description',
  'labels',
  'properties',
];

const LineShape = z.object({
  /** The job's id: a file's name is only its hash. */
  job: z.string(),
  /** Names the change, so that one that was written twice counts once. */
  change: z.string(),
  /** When the job was submitted, in milliseconds since 1970. */
  submitted: z.optional(z.number()),
  set: z.optional(z.record(z.string(), z.unknown())),
  remove: z.optional(z.array(z.string())),
  removeProperties: z.optional(z.array(z.string())),
});
type ChangeLine = z.infer<typeof LineShape>;

/** The fields of one job as they were written, those of other versions among them. */
export interface JobFields {
  readonly submitted: number | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A file of changes, read. */
export interface MetadataEntry {
  readonly job: string | undefined;
  /** The jobs that had this id, the latest last. */
  readonly jobs: readonly JobFields[];
  readonly lines: number;
  /** Lines that cannot be understood. */
  readonly damaged: readonly string[];
  /** True: a later version has written lines with members that are not known here. */
  readonly isNewer: boolean;
}

/** How far apart two times of one submission may be, in milliseconds: clocks of two machines. */
const maxClockDifferenceMs = dayMs;

const isSameSubmission = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined || Math.abs(a - b) <= maxClockDifferenceMs;

/** Reads a file of changes: each job's fields are what all its lines together make of them. */
export function parseEntry(text: string): MetadataEntry {
  const damaged: string[] = [];
  const changes = new Set<string>();
  let jobs: readonly JobFields[] = [];
  let job: string | undefined;
  let isNewer = false;
  for (const raw of text.split('\n')) {
    if (raw.trim() === '') continue;
    const line = parseLine(raw);
    if (!line || (job !== undefined && line.job !== job)) {
      damaged.push(raw);
      continue;
    }
    job = line.job;
    isNewer ||= Object.keys(line).some((name) => !(name in LineShape.shape));
    if (changes.has(line.change)) continue;
    changes.add(line.change);
    jobs = applyLine(jobs, line);
  }
  return { job, jobs, lines: changes.size, damaged, isNewer };
}

function parseLine(raw: string): ChangeLine | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    const read = LineShape.safeParse(value);
    // SAFETY: it has this form; members that are not known stay.
    return read.success ? (value as ChangeLine) : undefined;
  } catch {
    return undefined;
  }
}

function applyLine(jobs: readonly JobFields[], line: ChangeLine): readonly JobFields[] {
  const at = jobs.findLastIndex(({ submitted }) => isSameSubmission(submitted, line.submitted));
  const before = jobs[at];
  const removed = new Set(line.remove);
  const fields = Object.fromEntries([
    ...Object.entries(before?.fields ?? {}).filter(([name]) => !removed.has(name)),
    ...Object.entries(line.set ?? {}),
  ]);
  const properties = {
    ...(removed.has('properties') ? {} : toRecord(before?.fields['properties'])),
    ...toRecord(line.set?.['properties']),
  };
  const kept = Object.entries(properties).filter(([name]) => line.removeProperties?.includes(name) !== true);
  const { properties: _, ...others } = fields;
  const changed: JobFields = {
    submitted: before?.submitted ?? line.submitted,
    fields: kept.length > 0 ? { ...others, properties: Object.fromEntries(kept) } : others,
  };
  return before ? jobs.with(at, changed) : [...jobs, changed];
}

const toRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? // SAFETY: any object can be looked into by name.
      (value as Readonly<Record<string, unknown>>)
    : {};

/** The fields of the job that was submitted then; without a time those of the latest. */
export const findJobFields = ({ jobs }: MetadataEntry, submitted: Date | undefined): JobFields | undefined =>
  jobs.findLast((one) => isSameSubmission(one.submitted, submitted?.getTime()));

/** The fields that are known here and of their form, and the names of those that are not of it. */
export function toMetadata({ fields }: JobFields): {
  readonly metadata: JobMetadata;
  readonly wrong: readonly string[];
} {
  const known = Object.entries(fieldShapes).filter(([name]) => name in fields);
  const isRight = ([name, shape]: (typeof known)[number]): boolean => shape.safeParse(fields[name]).success;
  const metadata = Object.fromEntries(known.filter(isRight).map(([name]) => [name, fields[name]]));
  const wrong = known.filter((one) => !isRight(one)).map(([name]) => name);
  // SAFETY: each field was compared with its form.
  return { metadata, wrong };
}

/** True where removing an entry would lose something that the user, or a later version, has written. */
export const hasUserContent = ({ jobs, damaged, isNewer }: MetadataEntry): boolean =>
  isNewer ||
  damaged.length > 0 ||
  jobs.some(({ fields }) =>
    Object.keys(fields).some((name) => !(name in fieldShapes) || userFields.some((user) => user === name)),
  );

/** A change as a line. It begins with a line feed: the line before may lack its end, where a machine went down. */
export const toLine = (
  job: string,
  change: string,
  submitted: number | undefined,
  { set, remove, removeProperties }: Omit<JobMetadataChange, 'set'> & { readonly set?: object },
): string => `\n${JSON.stringify({ job, change, submitted, set, remove, removeProperties })}\n`;
