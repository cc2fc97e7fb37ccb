// Ids: the prefix that ChatKit gives each kind, and a random tail.
import { randomUUID } from 'node:crypto';

const prefixes = {
  thread: 'thr',
  message: 'msg',
  tool_call: 'tc',
  task: 'tsk',
  workflow: 'wf',
  attachment: 'atc',
  sdk_hidden_context: 'shcx',
} as const;

/** The kinds of items that ids are made for. Messages, widgets, images and structured inputs are all `message`. */
export type ItemIdType = Exclude<keyof typeof prefixes, 'thread' | 'attachment'>;

/** An id such as `msg_` and 32 hexadecimal characters, 122 bits of them random. */
export function newId(type: keyof typeof prefixes): string {
  return `${prefixes[type]}_${randomUUID().replaceAll('-', '')}`;
}
