// The input of a model in the shape of the Responses API. It fits the types of the `openai` package.

export interface InputText {
  type: 'input_text';
  text: string;
}
/** An image by its URL, which can be a data URL, or by the id of a file at the provider. */
export interface InputImage {
  type: 'input_image';
  detail: 'low' | 'high' | 'auto';
  image_url?: string;
  file_id?: string;
}
/** A file as a data URL, by its URL, or by the id of a file at the provider. */
export interface InputFile {
  type: 'input_file';
  filename?: string;
  file_data?: string;
  file_url?: string;
  file_id?: string;
}
/** A part of a message to the model. */
export type InputContent = InputText | InputImage | InputFile;

export interface InputMessage {
  type: 'message';
  role: 'user' | 'assistant' | 'system' | 'developer';
  /** The content of an assistant's message is a string. */
  content: string | InputContent[];
}
export interface InputFunctionCall {
  type: 'function_call';
  call_id: string;
  name: string;
  /** JSON. */
  arguments: string;
}
export interface InputFunctionCallOutput {
  type: 'function_call_output';
  call_id: string;
  output: string;
}
/** One item of a model's input. */
export type InputItem = InputMessage | InputFunctionCall | InputFunctionCallOutput;

export type ChatContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail: 'low' | 'high' | 'auto' } }
  | { type: 'file'; file: { filename?: string; file_data?: string; file_id?: string } };
export interface ChatToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}
/** One message of Chat Completions. */
export type ChatMessage =
  | { role: 'system' | 'developer'; content: string }
  | { role: 'user'; content: string | ChatContentPart[] }
  | { role: 'assistant'; content: string | null; tool_calls?: ChatToolCall[] }
  | { role: 'tool'; tool_call_id: string; content: string };
