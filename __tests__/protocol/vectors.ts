// The recorded vectors: inputs, and what the Python reference made of each. See vectors/refresh.py.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as protocol from '../../src/protocol';

/** Our schema for each type of the reference that the vectors name. */
const schemas: Record<string, protocol.Schema<unknown, unknown>> = {
  Annotation: protocol.AnnotationSchema,
  AssistantMessageContent: protocol.AssistantMessageContentSchema,
  Attachment: protocol.AttachmentSchema,
  ChatKitReq: protocol.RequestSchema,
  InferenceOptions: protocol.InferenceOptionsSchema,
  Source: protocol.SourceSchema,
  StreamOptions: protocol.StreamOptionsSchema,
  StructuredInput: protocol.StructuredInputFieldSchema,
  Task: protocol.TaskSchema,
  ThreadItem: protocol.ThreadItemSchema,
  ThreadMetadata: protocol.ThreadSchema,
  ThreadStatus: protocol.ThreadStatusSchema,
  ThreadStreamEvent: protocol.HookEventSchema,
  UserMessageContent: protocol.UserMessageContentSchema,
  Workflow: protocol.WorkflowSchema,
};

export interface Vector {
  name: string;
  /** The reference's name for what `input` should be; a key of `schemas`. */
  type: string;
  input: unknown;
  /** What the reference sends on. Missing when it refuses the input. */
  output?: unknown;
  refused?: true;
}

/** The vectors of one file of `vectors/`, without its ending. */
export function readVectors(file: 'events' | 'items' | 'parts' | 'requests'): Vector[] {
  const text = readFileSync(join(__dirname, 'vectors', `${file}.json`), 'utf8');
  return (JSON.parse(text) as { vectors: Vector[] }).vectors;
}

/** What the schema for `type` makes of `input`, as it would stand on the wire; `'refused'` when it refuses. */
export function onTheWire(type: string, input: unknown): unknown {
  const parsed = schemaFor(type).safeParse(input);
  return parsed.success ? throughJson(parsed.data) : 'refused';
}

/** The schema for a type that the vectors name. */
export function schemaFor(type: string): protocol.Schema<unknown, unknown> {
  const schema = schemas[type];
  if (!schema) throw new Error(`no schema for ${type}`);
  return schema;
}

/** A value as the other end reads it: what is undefined is gone. */
export function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
