// Plays a vector: serves its application, posts its requests over HTTP and returns what came back.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { chatkitMiddleware, type ChatKitRouter } from 'chatkit-express';
import express from 'express';
import { Normaliser } from './normalise';
import { fill, scriptedOptions, type ServerScript, type SideEffects } from './script';

/** One request of a scenario. */
interface Request {
  post?: unknown;
  /** The body as it is, for what is no JSON. */
  post_raw?: string;
  /** Variables for later requests, by the path to them in the answer. */
  save?: Record<string, string>;
  /** Leaves after so many events. */
  abort_after?: number;
  /** `ids` shows the rows of the answer's page by their ids only. */
  view?: 'ids';
}

export interface Vector {
  scenario: { name: string; server?: ServerScript; steps: Request[] };
  /** `ours` where at least one answer differs from that of the Python reference. */
  source: 'reference' | 'ours';
  /** Each difference from the reference: the number of the request, from 1, and the reason. */
  differences?: { step: number; why: string }[];
  expected: Answer[];
  side_effects: SideEffects;
}

/** What came back, with dates and generated ids replaced. */
export type Answer =
  | { kind: 'json'; body: unknown }
  | { kind: 'stream' | 'aborted'; events: unknown[] }
  | {
      kind: 'rejected';
      status: number;
      code: string;
      /** The fields at fault. */
      fields?: string[];
      /** What the reference raised, where it refused the request too. For the reader. */
      raised?: string;
    };

const inExpress = (chatkit: ChatKitRouter<unknown>): RequestListener => express().use('/chatkit', chatkit);

/**
 * Plays all requests of the vector in order.
 * @param listenerOf Returns what serves the endpoint at `/chatkit`. Default: an Express app.
 */
export async function play(
  { scenario }: Vector,
  listenerOf = inExpress,
): Promise<{ answers: Answer[]; sideEffects: SideEffects }> {
  const sideEffects: SideEffects = { feedback: [] };
  const chatkit = chatkitMiddleware(scriptedOptions(scenario.server ?? {}, sideEffects));
  const listener = createServer(listenerOf(chatkit)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/chatkit`;
  const variables = new Map<string, unknown>();
  const answers: Answer[] = [];
  try {
    for (const request of scenario.steps) {
      const answer = await send(url, request, variables);
      // A client that left is noticed a moment later, and what it is told next depends on it.
      if (answer.kind === 'aborted') while (chatkit.server.openRuns > 0) await setImmediate();
      for (const [name, path] of Object.entries(request.save ?? {})) variables.set(name, valueAt(answer, path));
      answers.push(
        request.view === 'ids' && answer.kind === 'json' ? { ...answer, body: onlyIds(answer.body) } : answer,
      );
    }
  } finally {
    listener.closeAllConnections();
    listener.close();
    await once(listener, 'close');
  }
  const normaliser = new Normaliser();
  return {
    answers: normaliser.normalise(answers) as Answer[],
    sideEffects: normaliser.normalise(sideEffects) as SideEffects,
  };
}

async function send(url: string, request: Request, variables: ReadonlyMap<string, unknown>): Promise<Answer> {
  const controller = new AbortController();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
    body: request.post_raw ?? JSON.stringify(fill(request.post, variables)),
    signal: controller.signal,
  });
  const type = response.headers.get('content-type');
  if (type === 'text/event-stream') return readEvents(response, controller, request.abort_after);
  if (type !== 'application/json; charset=utf-8') throw new Error(`an answer of the type ${type}`);
  const body: unknown = await response.json();
  return response.status === 200 ? { kind: 'json', body } : rejection(response.status, body);
}

async function readEvents(response: Response, controller: AbortController, abortAfter?: number): Promise<Answer> {
  if (response.status !== 200) throw new Error(`a stream with the status ${response.status}`);
  const events: unknown[] = [];
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  try {
    for await (const chunk of response.body!) {
      const frames = (text + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
      text = frames.pop()!;
      for (const frame of frames) {
        if (!/^data: \{.*\}$/.test(frame)) throw new Error(`not a frame of one event: ${frame}`);
        if (events.push(JSON.parse(frame.slice('data: '.length))) === abortAfter) controller.abort();
      }
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    return { kind: 'aborted', events };
  }
  if (text !== '') throw new Error(`the stream ended in the middle of a frame: ${text}`);
  return { kind: 'stream', events };
}

/** Checks that the body has the one shape of errors. */
function rejection(status: number, body: unknown): Answer {
  const { message, error } = body as { message: string; error: { code: string; issues?: { path: unknown[] }[] } };
  const { code, issues } = error;
  expect(body).toStrictEqual({ message, error: { code, message, ...(issues && { issues }) } });
  expect(message).toMatch(/\S/);
  return { kind: 'rejected', status, code, ...(issues && { fields: issues.map(({ path }) => path.join('.')) }) };
}

function valueAt(answer: Answer, path: string): unknown {
  const root: unknown = 'events' in answer ? answer.events : 'body' in answer ? answer.body : undefined;
  return path.split('.').reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}

/** A page, or a thread with a page, with ids for rows. */
function onlyIds(body: unknown): unknown {
  const { data, items, ...rest } = body as { data?: { id: string }[]; items?: unknown };
  return {
    ...rest,
    ...(data && { data: data.map((row) => row.id) }),
    ...(items !== undefined && { items: onlyIds(items) }),
  };
}
