// The shapes that are asked for are those of the `openai` package, versions 5, 6 and 7: TypeScript says so.
import {
  type ChatChunkLike,
  type ChatClient,
  type ChatMessage,
  createChatKitSession,
  type FilesClient,
  type InputItem,
  type ResponseStreamEventLike,
  type TranscriptionClient,
} from 'chatkit-express/openai';
import type OpenAI from 'openai';
import type OpenAI5 from 'openai5';
import type OpenAI7 from 'openai7';

type Clients = ChatClient & FilesClient & TranscriptionClient;

/** `true` where the first type can be used as the second; else the list below does not compile. */
type Accepts<From, To> = [From] extends [To] ? true : false;

const fromFiveOn: [
  Accepts<OpenAI5, Clients>,
  Accepts<OpenAI, Clients>,
  Accepts<OpenAI7, Clients>,
  Accepts<OpenAI5.Responses.ResponseStreamEvent, ResponseStreamEventLike>,
  Accepts<OpenAI.Responses.ResponseStreamEvent, ResponseStreamEventLike>,
  Accepts<OpenAI7.Responses.ResponseStreamEvent, ResponseStreamEventLike>,
  Accepts<OpenAI5.Chat.ChatCompletionChunk, ChatChunkLike>,
  Accepts<OpenAI.Chat.ChatCompletionChunk, ChatChunkLike>,
  Accepts<OpenAI7.Chat.ChatCompletionChunk, ChatChunkLike>,
  Accepts<InputItem[], OpenAI5.Responses.ResponseInput>,
  Accepts<InputItem[], OpenAI.Responses.ResponseInput>,
  Accepts<InputItem[], OpenAI7.Responses.ResponseInput>,
  Accepts<ChatMessage[], OpenAI5.Chat.ChatCompletionMessageParam[]>,
  Accepts<ChatMessage[], OpenAI.Chat.ChatCompletionMessageParam[]>,
  Accepts<ChatMessage[], OpenAI7.Chat.ChatCompletionMessageParam[]>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true, true];

const configuration = { file_upload: { enabled: true } };
const sessions = [
  (client: OpenAI) => createChatKitSession(client, { user: 'u', workflow: 'wf_1', configuration }),
  (client: OpenAI7) => createChatKitSession(client, { user: 'u', workflow: 'wf_1', configuration }),
];

test('compiles', () => expect([...fromFiveOn, ...sessions]).toHaveLength(17));
