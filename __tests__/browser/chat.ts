// Sends requests as the official client does, through a fetch of the page.
import type { ThreadStreamEvent } from 'chatkit-express';

type Fetch = typeof globalThis.fetch;

export interface Sent {
  response: Response;
  controller: AbortController;
}

/** The options of a stream request, whose headers object is the same for every repetition. */
export function streamRequest(request: object, controller?: AbortController) {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'chatkit-frame-instance-id': '7d444840-9dc0-11d1-b245-5ffdce74fad2',
      'accept-language': 'en',
      accept: 'text/event-stream',
    },
    body: JSON.stringify(request),
    ...(controller && { signal: controller.signal }),
  };
}

/** Posts a request for a stream. */
export async function send(fetch: Fetch, url: string, request: object): Promise<Sent> {
  const controller = new AbortController();
  return { response: await fetch(url, streamRequest(request, controller)), controller };
}

/** Reads a response as the client does: chunk by chunk. Fails for a chunk that ends within a frame. */
export class Reader {
  readonly events: ThreadStreamEvent[] = [];
  readonly ended: Promise<void>;
  #listeners = new Set<() => void>();

  constructor(response: Response) {
    this.ended = this.#read(response);
    this.ended.catch(() => undefined);
  }

  async #read({ body }: Response): Promise<void> {
    for await (const chunk of body!) {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(chunk as Uint8Array);
      if (!/\r?\n\r?\n$/.test(text)) throw new Error(`half a frame: ${text}`);
      for (const line of text.split('\n')) {
        if (line.startsWith('data: ')) this.events.push(JSON.parse(line.slice('data: '.length)) as ThreadStreamEvent);
      }
      for (const listener of this.#listeners) listener();
    }
  }

  /** The text of all deltas. */
  get text(): string {
    return this.events
      .map((event) => {
        if (event.type === 'thread.item.added' && event.item.type === 'assistant_message')
          return event.item.content.map(({ text }) => text).join('');
        return event.type === 'thread.item.updated' && 'delta' in event.update ? event.update.delta : '';
      })
      .join('');
  }

  /** Resolves when the text so far contains another one. */
  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      await new Promise<void>((resolve, reject) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
        this.ended.then(
          () => setImmediate(() => reject(new Error(`the stream ended without ${text}: ${this.text}`))),
          reject,
        );
      });
    }
  }
}
