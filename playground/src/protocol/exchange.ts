// One request and its response, which the inspector shows, copies as curl and checks.

type ExchangeKind = 'stream' | 'json' | 'upload';

export type ExchangeOutcome =
  /** In progress. */
  | 'open'
  /** The whole answer arrived. */
  | 'done'
  /** The user pressed Stop, or left the thread. */
  | 'aborted'
  /** The connection broke, or never came about. */
  | 'failed'
  /** A stream answered 5xx or without SSE: the client posts it again. */
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
  /** The request's type, such as `threads.create`; for uploads `upload`. */
  type: string;
  method: string;
  url: string;
  requestHeaders: Record<string, string>;
  /** The body as it was sent. Of an upload a description: its bytes are not kept. */
  requestBody: string;
  /** The params of a request, as sent; for uploads an empty object. */
  params: Record<string, unknown>;
  requestBytes: number;
  /** When it was sent, in milliseconds since 1970. */
  startedAt: number;
  /** 1, and one more for each time that the client posted it again. */
  attempt: number;
  status?: number;
  statusText?: string;
  responseHeaders: Record<string, string>;
  /** Milliseconds until the headers were there. */
  headersAfter?: number;
  /** The text of an answer that is not a stream. */
  responseBody?: string;
  events: ExchangeEvent[];
  responseBytes: number;
  /** Milliseconds until it was over. */
  endedAfter?: number;
  outcome: ExchangeOutcome;
  failure?: string;
  /** For an upload: how much of it was sent, from 0 to 1. */
  progress?: number;
}

/** The facts about an exchange when its request is sent. */
export type ExchangeStart = Pick<
  Exchange,
  'kind' | 'type' | 'method' | 'url' | 'requestHeaders' | 'requestBody' | 'params' | 'requestBytes' | 'attempt'
>;

/** The exchanges so far, oldest first. What is beyond `limit` is forgotten, oldest first. */
export class ExchangeLog {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #exchanges: readonly Exchange[] = [];
  #lastId = 0;

  /**
   * @param limit How many exchanges are kept. Default 300.
   * @param now Milliseconds since 1970.
   */
  constructor(limit = 300, now = Date.now) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Adds an exchange, and returns what writes the rest of it. */
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

  /** The same array until something changes. */
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

  /** Milliseconds since the request was sent. */
  get elapsed(): number {
    return this.#now() - this.#exchange.startedAt;
  }

  update(changes: Partial<Exchange>): void {
    this.#exchange = { ...this.#exchange, ...changes };
    this.#store(this.#exchange);
  }

  /** Adds frames of a stream, and what they came to in bytes together with what is around them. */
  addEvents(events: readonly ExchangeEvent[], responseBytes: number): void {
    this.update({ events: [...this.#exchange.events, ...events], responseBytes });
  }

  end(outcome: ExchangeOutcome, changes: Partial<Exchange> = {}): void {
    this.update({ outcome, endedAfter: this.elapsed, ...changes });
  }

  /** Ends it because of an error, or because its signal was aborted. */
  endBadly(error: unknown, aborted: boolean): void {
    if (aborted) this.end('aborted');
    else this.end('failed', { failure: error instanceof Error ? error.message : String(error) });
  }
}
