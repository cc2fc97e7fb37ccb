// The fields of a Responses API stream that are read. Every field may be missing, because compatible providers leave
// out fields. A field that is null or has another type counts as missing.
import { z } from 'zod';
import { isObject } from '../../protocol/json';
import { field, listOf } from './lenient';

/** Any event of a stream, from the `openai` package or another client. */
export interface ResponseStreamEventLike {
  readonly type: string;
}

const text = field(z.string());
const index = field(z.int().min(0));

/** A source of any of the kinds: `file_citation`, `container_file_citation`, `url_citation`. */
export const CitationSchema = z.looseObject({
  type: text,
  file_id: text,
  filename: text,
  container_id: text,
  url: text,
  title: text,
  index,
  start_index: index,
  end_index: index,
});

/** A part of a message (`output_text`, `refusal`) or of reasoning (`reasoning_text`). */
const ContentPartSchema = z.looseObject({
  type: text,
  text,
  refusal: text,
  transcript: text,
  annotations: listOf(CitationSchema),
});
export type ResponseContentPart = z.output<typeof ContentPartSchema>;

const ActionSchema = z.looseObject({
  type: text,
  query: text,
  queries: listOf(z.string()),
  sources: listOf(z.looseObject({ type: text, url: text })),
  url: text,
  pattern: text,
});

/** An item of the output: a message, reasoning, or the call of a tool. */
const OutputItemSchema = z.looseObject({
  type: text,
  id: text,
  status: text,
  /** Of a message: a list, or a text. */
  content: z.preprocess(
    (content) => (typeof content === 'string' ? [{ type: 'output_text', text: content }] : content),
    listOf(ContentPartSchema),
  ),
  /** Of a function call. */
  call_id: text,
  name: text,
  arguments: text,
  /** Of a generated image: base64. */
  result: text,
  /** Of a web search. */
  action: field(ActionSchema),
  /** Of a file search. */
  queries: listOf(z.string()),
  results: listOf(z.looseObject({ filename: text })),
  /** Of reasoning. */
  summary: listOf(z.looseObject({ text })),
  /** Of the code interpreter. */
  code: text,
  /** Of a tool of an MCP server. */
  server_label: text,
  error: z.unknown().optional(),
});
/** An item of the output: a message, reasoning, or the call of a tool. Unknown fields are kept. */
export type ResponseOutputItem = z.output<typeof OutputItemSchema>;

/** The response in the events that begin and end a stream. */
const ResponseSchema = z.looseObject({
  id: text,
  status: text,
  error: field(z.looseObject({ code: text, message: text })),
  incomplete_details: field(z.looseObject({ reason: text })),
  usage: z.unknown().optional(),
});
export type ResponseSnapshot = Partial<z.output<typeof ResponseSchema>>;

/** The fields of all events. `type` decides which are present. */
const EventSchema = z.looseObject({
  type: z.string(),
  item_id: text,
  output_index: index,
  content_index: index,
  summary_index: index,
  item: field(OutputItemSchema),
  part: field(ContentPartSchema),
  delta: text,
  text,
  refusal: text,
  annotation: field(CitationSchema),
  partial_image_b64: text,
  partial_image_index: index,
  response: field(ResponseSchema),
  code: text,
  message: text,
});
export type RawResponseEvent = Partial<z.output<typeof EventSchema>> & { type: string };

/** Reads an event without its malformed fields. Returns an event of the type `''` for a value that is not an event. */
export function readEvent(given: unknown): RawResponseEvent {
  if (isPlainDelta(given)) return given;
  const { success, data } = EventSchema.safeParse(given);
  return success ? data : { type: '' };
}

/** Fields that deltas do not have. Only the schema reads these. */
const otherFields = new Set(
  Object.keys(EventSchema.shape).filter((key) => !/^(?:type|item_id|delta|\w+_index)$/.test(key)),
);

/** Returns true for a well-formed delta, so that deltas, which are most events, skip the slower schema. */
function isPlainDelta(given: unknown): given is RawResponseEvent {
  if (!isObject(given)) return false;
  const { type, item_id: id, output_index: output, content_index: content, summary_index: summary, delta } = given;
  if (typeof type !== 'string' || !type.endsWith('.delta') || typeof delta !== 'string') return false;
  if (id !== undefined && typeof id !== 'string') return false;
  if (!isIndexOrMissing(output) || !isIndexOrMissing(content) || !isIndexOrMissing(summary)) return false;
  for (const key in given) if (otherFields.has(key)) return false;
  return true;
}

function isIndexOrMissing(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);
}
