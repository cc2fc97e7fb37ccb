// What the official client would trip over: each check looks for one kind of mistake that was seen on the wire.
import type { Exchange } from '../exchange';
import { jsonAnswer, streamAnswer, uploadAnswer } from './answers';
import { contents } from './contents';
import { pages } from './pages';
import { beginnings, frames, threads, updates } from './streams';
import type { Check, Warning } from './warning';

export type { Warning } from './warning';

const checks: readonly Check[] = [
  streamAnswer,
  jsonAnswer,
  uploadAnswer,
  frames,
  beginnings,
  updates,
  threads,
  pages,
  contents,
];

/** What is wrong with an exchange, in the order of its events. An exchange that is under way may still be put right. */
export function warningsOf(exchange: Exchange): Warning[] {
  return checks.flatMap((check) => check(exchange)).sort((one, other) => (one.event ?? -1) - (other.event ?? -1));
}
