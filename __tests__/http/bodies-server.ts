// A server with every hook, in a process of its own, so that a test can measure the memory that requests cost it. What
// is written is forgotten: what a store keeps is not the price of a request.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chatkitMiddleware, MemoryStore, type ThreadItem } from 'chatkit-express';
import express from 'express';
import { MemoryAttachments } from '../support/memory-attachments';

class ForgetfulStore extends MemoryStore {
  override saveThread = () => Promise.resolve();
  override addThreadItem = () => Promise.resolve();
  override saveItem = () => Promise.resolve();
  override deleteThread = () => Promise.resolve([]);
  override deleteThreadItem = () => Promise.resolve();
  override saveAttachment = () => Promise.resolve();
}

const created_at = '2026-01-02T03:04:05.000Z';
const base = { thread_id: 'thr_1', created_at };
const items: ThreadItem[] = [
  {
    ...base,
    type: 'user_message',
    id: 'msg_1',
    content: [{ type: 'input_text', text: 'Hi' }],
    attachments: [],
    inference_options: {},
  },
  { ...base, type: 'widget', id: 'wid_1', widget: { type: 'Card', children: [] } },
  {
    ...base,
    type: 'structured_input',
    id: 'frm_1',
    status: 'pending',
    inputs: [{ type: 'freeform', id: 'q1', question: '?' }],
  } as never,
  { ...base, type: 'client_tool_call', id: 'tc_1', status: 'pending', call_id: 'call_1', name: 'pick', arguments: {} },
];

const store = new ForgetfulStore();
const { prototype } = MemoryStore;
await prototype.saveThread.call(store, { id: 'thr_1', created_at, status: { type: 'active' }, metadata: {} }, {});
for (const item of items) await prototype.addThreadItem.call(store, 'thr_1', item, {});

const silent = () => undefined;
let failure: unknown;
const chatkit = chatkitMiddleware({
  store,
  attachmentStore: new MemoryAttachments(),
  async *respond() {
    yield { type: 'progress_update', text: 'working' };
  },
  async *action() {
    yield { type: 'progress_update', text: 'working' };
  },
  syncAction: () => ({}),
  transcribe: ({ audio }) => ({ text: `${audio.data.length}` }),
  logger: { debug: silent, info: silent, warn: silent, error: (fields) => (failure ??= fields['err']) },
});

const server = createServer(express().use('/chatkit', chatkit)).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('message', () => {
  process.send?.({
    peakMb: process.resourceUsage().maxRSS / 1024,
    failure: failure instanceof Error ? failure.stack : failure,
  });
});
process.on('disconnect', () => process.exit());
