// The events of a Responses API stream, as far as they are read. Whoever speaks that format leaves out a field here and
// there, so every field may be missing, and one that is of another type counts as missing.

/** Any event of a stream. Those of the `openai` package are, and so are those of other providers' clients. */
export interface ResponseStreamEventLike {
  readonly type: string;
}

/** A part of a message: `output_text`, `refusal` or, in reasoning, `reasoning_text`. */
export interface ResponseContentPart {
  readonly type?: string;
  readonly text?: string;
  readonly refusal?: string;
  readonly annotations?: readonly unknown[] | null;
}

/** An item of the output: a message, reasoning, or the call of a tool. */
export interface ResponseOutputItem {
  readonly type?: string;
  readonly id?: string | null;
  readonly status?: string | null;
  /** Of a message. */
  readonly content?: readonly ResponseContentPart[] | null;
  /** Of a function call. */
  readonly call_id?: string;
  readonly name?: string;
  readonly arguments?: string;
  /** Of a generated image: base64. */
  readonly result?: string | null;
  /** Of a web search. */
  readonly action?: {
    readonly type?: string;
    readonly query?: string;
    readonly queries?: readonly string[] | null;
    readonly sources?: readonly { readonly type?: string; readonly url?: string }[] | null;
    readonly url?: string | null;
    readonly pattern?: string;
  } | null;
  /** Of a file search. */
  readonly queries?: readonly string[] | null;
  readonly results?: readonly { readonly filename?: string }[] | null;
  /** Of the code interpreter. */
  readonly code?: string | null;
  /** Of a tool of an MCP server. */
  readonly server_label?: string;
  readonly error?: unknown;
}

/** A response, as the events that begin and end a stream carry it. */
export interface ResponseSnapshot {
  readonly id?: string | null;
  readonly status?: string | null;
  readonly output?: readonly ResponseOutputItem[] | null;
  readonly error?: { readonly code?: string | null; readonly message?: string | null } | null;
  readonly incomplete_details?: { readonly reason?: string } | null;
  readonly usage?: unknown;
}

/** Every field that some event has. `type` says which are there. */
export interface RawResponseEvent extends ResponseStreamEventLike {
  readonly item_id?: string;
  readonly output_index?: number;
  readonly content_index?: number;
  readonly summary_index?: number;
  readonly item?: ResponseOutputItem;
  readonly part?: ResponseContentPart;
  readonly delta?: string;
  readonly text?: string;
  readonly refusal?: string;
  readonly annotation?: unknown;
  readonly partial_image_b64?: string;
  readonly partial_image_index?: number;
  readonly response?: ResponseSnapshot;
  readonly code?: string | null;
  readonly message?: string;
}
