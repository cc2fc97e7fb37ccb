// Checks for mistakes that the official client does not handle. Each check finds one kind of mistake that was observed.
import type { Exchange } from '../exchange';
import { jsonAnswer, streamAnswer, uploadAnswer } from './answers';
import { contents } from './contents';
import { failures } from './failures';
import { pages } from './pages';
import { order } from './rules';
import { beginnings, frames, threads } from './streams';
import type { Check, Warning } from './warning';

export type { Warning } from './warning';

const checks: readonly Check[] = [
  streamAnswer,
  jsonAnswer,
  uploadAnswer,
  frames,
  beginnings,
  order,
  failures,
  threads,
  pages,
  contents,
];

/** Returns the warnings of an exchange, in the order of its events. Later events of an open exchange can remove a warning. */
export function warningsOf(exchange: Exchange): Warning[] {
  return checks.flatMap((check) => check(exchange)).sort((one, other) => (one.event ?? -1) - (other.event ?? -1));
}
