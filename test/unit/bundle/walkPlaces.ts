import { noGrafts } from '../../../src/bundle/graft.js';
import type { Place } from '../../../src/bundle/place.js';
import { Repeats } from '../../../src/bundle/repeats.js';
import type { WalkOutput } from '../../../src/bundle/walkOutput.js';

/** A directory in a walk, without its own rules, links and overlays. */
export const placeAt = (absolute: string, members: Partial<Place> = {}): Place => ({
  absolute,
  path: '',
  rules: undefined,
  here: undefined,
  links: [],
  grafts: noGrafts,
  copied: undefined,
  isElsewhere: false,
  isRepeated: false,
  ...members,
});

/** The output of an empty walk. */
export const emptyOutput = (realRoot: string): WalkOutput => ({
  realRoot,
  found: [],
  warnings: [],
  dropped: [],
  repeats: new Repeats(realRoot),
});
