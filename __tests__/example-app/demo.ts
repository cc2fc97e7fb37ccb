// Starts the example app on a free port, and talks to it as a client would: one POST a request, events read one by one.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClientThread,
  HookEventSchema,
  type Logger,
  MemoryStore,
  ThreadItemSchema,
  ThreadSchema,
  type ThreadStreamEvent,
} from 'chatkit-express';
import { z } from 'zod';
import { createParser } from 'eventsource-parser';
import { createApp } from '../../example-app/app';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import type { DemoContext } from '../../example-app/demo-turn';
import type { Provider } from '../../example-app/models/provider';
import { Pace } from './pace';

export const exampleFolder = join(__dirname, '../../example-app');

export interface Demo {
  origin: string;
  /** What was logged at `warn` and `error`. */
  logged: string[];
  /** Posts a request that answers JSON. */
  json<T = Record<string, unknown>>(type: string, params: object, headers?: Record<string, string>): Promise<T>;
  /** Posts a request that answers a stream, and checks every event of it. */
  stream(type: string, params: object, headers?: Record<string, string>): Promise<ThreadStreamEvent[]>;
  /** Says something in a new thread. */
  ask(text: string, more?: object): Promise<ThreadStreamEvent[]>;
  /** Opens a thread. */
  open(threadId: string): Promise<ClientThread>;
  close(): Promise<void>;
}

/** @param pace The pause between two words in milliseconds, or a pace that the test can hold. Default 0. */
export async function startDemo(pace: number | Pace = 0, provider: Provider | null = null): Promise<Demo> {
  const logged: string[] = [];
  const log: Logger['warn'] = (_fields, message) => void logged.push(message);
  const logger: Logger = { debug: () => undefined, info: () => undefined, warn: log, error: log };
  const store = new MemoryStore<DemoContext>({ owner: ({ userId }) => userId });
  const directory = mkdtempSync(join(tmpdir(), 'chatkit-example-'));
  const attachmentStore = new DiskAttachmentStore<DemoContext>({ directory, owner: ({ userId }) => userId });
  const { app, chatkit } = createApp({
    store,
    provider,
    attachmentStore,
    pageFolder: join(exampleFolder, 'page'),
    pause: (typeof pace === 'number' ? new Pace(pace) : pace).pause,
    logger,
  });
  const server = createServer(app).listen(0);
  server.keepAliveTimeout = 60_000; // a test that computes for seconds must not lose the connection of the next one
  await once(server, 'listening');
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;

  const post = (type: string, params: object, headers: Record<string, string> = {}) =>
    fetch(`${origin}/chatkit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ type, params }),
    });
  const stream: Demo['stream'] = async (type, params, headers) => {
    const response = await post(type, params, headers);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    return checked(await response.text());
  };
  return {
    origin,
    logged,
    stream,
    async json<T>(type: string, params: object, headers?: Record<string, string>) {
      return (await (await post(type, params, headers)).json()) as T;
    },
    ask: (text, more) => stream('threads.create', { input: { ...message(text), ...more } }),
    async open(thread_id) {
      return (await (await post('threads.get_by_id', { thread_id })).json()) as ClientThread;
    },
    async close() {
      await chatkit.close();
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export const message = (text: string) => ({ content: [{ type: 'input_text', text }] });

/** The events of a stream's text, each of them well-formed and in its place. */
function checked(text: string): ThreadStreamEvent[] {
  const events: ThreadStreamEvent[] = [];
  createParser({ onEvent: ({ data }) => events.push(JSON.parse(data) as ThreadStreamEvent) }).feed(text);
  const open = new Map<string, string>();
  for (const event of events) {
    checkForm(event);
    if (event.type === 'thread.item.added') open.set(event.item.id, '');
    else if (event.type === 'thread.item.updated') {
      const { update } = event;
      // A widget of an earlier stream may be updated where it stands.
      if (!update.type.startsWith('widget.')) expect([...open.keys()]).toContain(event.item_id);
      if (update.type === 'assistant_message.content_part.text_delta') {
        open.set(event.item_id, `${open.get(event.item_id)}${update.delta}`);
      } else if (update.type === 'assistant_message.content_part.done') {
        expect(open.get(event.item_id)).toBe(update.content.text);
      }
    } else if (event.type === 'thread.item.done') {
      open.delete(event.item.id);
      expect(event.item.type).not.toMatch(/hidden/);
    }
  }
  expect([...open.keys()]).toEqual([]); // what was added is done in the end
  return events;
}

/** Nothing is missing from the event, not even what has a default. */
function checkForm(event: ThreadStreamEvent): void {
  if (event.type !== 'thread.created' && event.type !== 'thread.updated') {
    expect(HookEventSchema.parse(event)).toEqual(event);
    return;
  }
  const { items, ...thread } = event.thread;
  expect(ThreadSchema.parse(thread)).toEqual(thread);
  expect(z.array(ThreadItemSchema).parse(items.data)).toEqual(items.data);
  expect(thread.metadata).toEqual({});
}

/** What an answer is made of, in short: repeated events count once, and items and updates are told by their type. */
export function outline(events: ThreadStreamEvent[]): string[] {
  const names = events.map((event) => {
    if (event.type === 'thread.item.updated') return event.update.type;
    return 'item' in event ? `${event.type.replace('thread.item.', '')} ${event.item.type}` : event.type;
  });
  return names.filter((name, index) => name !== names[index - 1]);
}

/** The text of the last message of the assistant. */
export function lastText(events: ThreadStreamEvent[]): string {
  const texts = events.flatMap((event) =>
    event.type === 'thread.item.done' && event.item.type === 'assistant_message'
      ? event.item.content.map((part) => part.text)
      : [],
  );
  return texts.at(-1) ?? '';
}

/** The id of the thread that a stream created. */
export function threadIdOf([first]: ThreadStreamEvent[]): string {
  if (first?.type !== 'thread.created') throw new Error('the stream created no thread');
  return first.thread.id;
}
