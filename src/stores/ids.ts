// Generates ids: the prefix that ChatKit uses for each kind, and random characters.
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

/** The kinds of items that have their own prefix. Messages, widgets, images and structured inputs are `message`. */
export type ItemIdType = Exclude<keyof typeof prefixes, 'thread' | 'attachment'>;

/** Returns an id such as `msg_` with 32 hexadecimal characters. It has 122 random bits. */
export function newId(type: keyof typeof prefixes): string {
  return `${prefixes[type]}_${randomUUID().replaceAll('-', '')}`;
}
