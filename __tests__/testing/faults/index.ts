// Stores with one fault each: mistakes that people make in stores of their own.
import type { Fault } from './fault';
import { isolation } from './isolation';
import { missing } from './missing';
import { overlapping } from './overlapping';
import { paging } from './paging';
import { racing } from './racing';
import { saving } from './saving';
import { stored } from './stored';

/** By what each does. */
export const faults: Record<string, Fault> = {
  ...paging,
  ...saving,
  ...stored,
  ...missing,
  ...isolation,
  ...overlapping,
  ...racing,
};
