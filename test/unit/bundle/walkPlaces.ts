import { emptyOverlay } from '../../../src/bundle/overlay.js';
import type { WalkContext } from '../../../src/bundle/walkContext.js';
import { RepeatedFiles } from '../../../src/bundle/repeatedFiles.js';
import type { WalkOutput } from '../../../src/bundle/walkOutput.js';

/** A directory in a walk, without its own rules, links and overlays. */
export const placeAt = (absolute: string, members: Partial<WalkContext> = {}): WalkContext => ({
  absolute,
  path: '',
  rules: undefined,
  here: undefined,
  links: [],
  grafts: emptyOverlay,
  copied: undefined,
  isElsewhere: false,
  isRepeated: false,
  ...members,
});

/** The output of an empty walk. */
export const emptyOutput = (realRoot: string): WalkOutput => ({
  realRoot,
  paths: [],
  warnings: [],
  excludedAdditions: [],
  repeats: new RepeatedFiles(realRoot),
});
