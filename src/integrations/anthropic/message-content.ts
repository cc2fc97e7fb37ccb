// The messages that the SDK of Anthropic takes, declared structurally.

export interface AnthropicText {
  type: 'text';
  text: string;
}
export interface AnthropicImage {
  type: 'image';
  source:
    | { type: 'base64'; media_type: 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp'; data: string }
    | { type: 'url'; url: string };
}
export interface AnthropicDocument {
  type: 'document';
  source:
    | { type: 'base64'; media_type: 'application/pdf'; data: string }
    | { type: 'text'; media_type: 'text/plain'; data: string }
    | { type: 'url'; url: string };
  title?: string;
}
export interface AnthropicToolUse {
  type: 'tool_use';
  id: string;
  name: string;
  input: unknown;
}
export interface AnthropicToolResult {
  type: 'tool_result';
  tool_use_id: string;
  content?: string;
  is_error?: boolean;
}

/** A block of a message. */
export type AnthropicBlock =
  AnthropicText | AnthropicImage | AnthropicDocument | AnthropicToolUse | AnthropicToolResult;

/**
 * One message of the Messages API. Messages that are replayed also have blocks of other types, such as `thinking`, and
 * a file can have `source: { type: 'file', file_id }`. The types of some versions of the SDK do not have these.
 */
export interface AnthropicMessage {
  role: 'user' | 'assistant';
  content: AnthropicBlock[];
}
