// Clients that behave as the official one: they post a message again that is answered with 5xx, and no other request.
import { setTimeout as wait } from 'node:timers/promises';
import { createThread, getThread } from '../support/requests';

/** The pauses before a message is posted again after a 5xx, in milliseconds. */
const pauses = [1500, 2200, 7800, 5300, 5100];

export interface Tally {
  answers: number;
  /** Streams that ended before their last item, or that were refused to the end. */
  broken: string[];
  json: number;
  /** Requests for JSON that were not answered with 200. */
  refused: string[];
  /** Messages that were posted again. */
  repeated: number;
}

/** Sends a message, reads its thread and renames it, as long as `goesOn` says. */
export async function chat(url: string, tally: Tally, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    tally.answers++;
    const text = await answer(url, tally).catch((error: unknown) => `failed: ${String(error)}`);
    if (
      !text.endsWith('}\n\n') ||
      !text.includes('"thread.item.done","item":{"id":"msg_') ||
      text.includes('"error"')
    ) {
      tally.broken.push(text.slice(-300));
      continue;
    }
    const id = /"thread":\{"id":"([^"]+)"/.exec(text)?.[1] ?? '';
    for (const request of [getThread(id), { type: 'threads.update', params: { thread_id: id, title: 'Renamed' } }]) {
      tally.json++;
      const status = await post(url, request).then(
        async (response) => `${response.status} ${response.ok ? '' : (await response.text()).slice(0, 40)}`,
        (error: unknown) => `failed: ${String(error)}`,
      );
      if (status !== '200 ') tally.refused.push(`${request.type}: ${status}`);
    }
  }
}

async function answer(url: string, tally: Tally): Promise<string> {
  for (const pause of [...pauses, 0]) {
    const response = await post(url, createThread());
    if (response.status < 500) return response.text();
    await response.text();
    if (pause === 0) return `refused with ${response.status}`;
    tally.repeated++;
    await wait(pause); // because a client pauses before it repeats a request
  }
  return 'refused';
}

const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
