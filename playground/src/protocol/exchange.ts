// Records requests and their responses. The inspector lists them, checks them and copies them as curl commands.

type ExchangeKind = 'stream' | 'json' | 'upload';

export type ExchangeOutcome =
  /** In progress. */
  | 'open'
  /** The whole answer arrived. */
  | 'done'
  /** The user pressed Stop, or left the thread. */
  | 'aborted'
  /** The connection broke or could not be established. */
  | 'failed'
  /** The server answered a stream with a 5xx or without SSE, so the client posts the request again. */
  | 'posted_again';

/** One frame of a stream. */
export interface ExchangeEvent {
  /** Milliseconds since the request was sent. */
  at: number;
  /** Bytes of the frame's data. */
  bytes: number;
  raw: string;
  /** The data as JSON; `undefined` when it is not JSON. */
  data?: unknown;
}

export interface Exchange {
  id: number;
  kind: ExchangeKind;
  /** The type of the request, such as `threads.create`. Uploads have the type `upload`. */
  type: string;
  method: string;
  url: string;
  requestHeaders: Record<string, string>;
  /** The body as it was sent. For an upload, a description, because the bytes are not kept. */
  requestBody: string;
  /** The params as they were sent. For an upload, an empty object. */
  params: Record<string, unknown>;
  requestBytes: number;
  /** The time at which the request was sent, in milliseconds since 1970. */
  startedAt: number;
  /** The number of the attempt. Starts at 1 and grows each time the client posts the request again. */
  attempt: number;
  status?: number;
  statusText?: string;
  responseHeaders: Record<string, string>;
  /** Milliseconds until the headers arrived. */
  headersAfter?: number;
  /** The text of the answer, if it is not a stream. */
  responseBody?: string;
  events: ExchangeEvent[];
  responseBytes: number;
  /** Milliseconds until the exchange ended. */
  endedAfter?: number;
  outcome: ExchangeOutcome;
  failure?: string;
  /** The share of an upload that was sent, from 0 to 1. */
  progress?: number;
}

/** The facts that are known about an exchange when its request is sent. */
export type ExchangeStart = Pick<
  Exchange,
  'kind' | 'type' | 'method' | 'url' | 'requestHeaders' | 'requestBody' | 'params' | 'requestBytes' | 'attempt'
>;

/** Keeps the newest exchanges, oldest first. When there are more than `limit`, the oldest are removed. */
export class ExchangeLog {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #exchanges: readonly Exchange[] = [];
  #lastId = 0;

  /**
   * @param limit The largest number of exchanges that are kept. Default 300.
   * @param now Returns the time in milliseconds since 1970. Default `Date.now`.
   */
  constructor(limit = 300, now = Date.now) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Adds an exchange. Returns a recording, which adds the response to it. */
  begin(start: ExchangeStart): Recording {
    const exchange: Exchange = {
      ...start,
      id: ++this.#lastId,
      startedAt: this.#now(),
      responseHeaders: {},
      events: [],
      responseBytes: 0,
      outcome: 'open',
    };
    this.#exchanges = [...this.#exchanges.slice(-this.#limit + 1), exchange];
    this.#tell();
    return new Recording(exchange, this.#now, (changed) => {
      this.#exchanges = this.#exchanges.map((existing) => (existing.id === changed.id ? changed : existing));
      this.#tell();
    });
  }

  clear(): void {
    this.#exchanges = this.#exchanges.filter(({ outcome }) => outcome === 'open');
    this.#tell();
  }

  /** Returns all exchanges. The array is the same until an exchange changes. */
  snapshot = (): readonly Exchange[] => this.#exchanges;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Records one exchange while it is in progress. */
export class Recording {
  #exchange: Exchange;
  readonly #now: () => number;
  readonly #store: (exchange: Exchange) => void;

  constructor(exchange: Exchange, now: () => number, store: (exchange: Exchange) => void) {
    this.#exchange = exchange;
    this.#now = now;
    this.#store = store;
  }

  /** Returns the milliseconds since the request was sent. */
  get elapsed(): number {
    return this.#now() - this.#exchange.startedAt;
  }

  update(changes: Partial<Exchange>): void {
    this.#exchange = { ...this.#exchange, ...changes };
    this.#store(this.#exchange);
  }

  /** Adds frames of a stream. `responseBytes` is the size of the response so far in bytes, with the SSE syntax. */
  addEvents(events: readonly ExchangeEvent[], responseBytes: number): void {
    this.update({ events: [...this.#exchange.events, ...events], responseBytes });
  }

  end(outcome: ExchangeOutcome, changes: Partial<Exchange> = {}): void {
    this.update({ outcome, endedAfter: this.elapsed, ...changes });
  }

  /** Ends the recording after an error, or because the signal of the request was aborted. */
  endBadly(error: unknown, aborted: boolean): void {
    if (aborted) this.end('aborted');
    else this.end('failed', { failure: error instanceof Error ? error.message : String(error) });
  }
}
