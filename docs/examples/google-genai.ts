import { GoogleGenAI } from '@google/genai';
import { chatkitMiddleware, MemoryStore, messageText, streamAnswer, type ThreadItem } from 'chatkit-express';
import { recentItems } from 'chatkit-express/openai';

const client = new GoogleGenAI({ apiKey: process.env['GEMINI_API_KEY'] });

/** The texts of a thread, in the roles of Gemini. */
function contentsOf(items: readonly ThreadItem[]) {
  return items.flatMap((item) => {
    if (item.type !== 'user_message' && item.type !== 'assistant_message') return [];
    const role = item.type === 'user_message' ? 'user' : 'model';
    return [{ role, parts: [{ text: messageText(item) }] }];
  });
}

/** The text as it comes. Throws for an answer that was not finished, so that the user is told. */
async function* askGemini(items: readonly ThreadItem[], abortSignal: AbortSignal) {
  const stream = await client.models.generateContentStream({
    model: 'gemini-2.5-flash',
    contents: contentsOf(items),
    config: { abortSignal },
  });
  let reason: string | undefined;
  for await (const chunk of stream) {
    yield chunk.text ?? '';
    reason = chunk.promptFeedback?.blockReason ?? chunk.candidates?.[0]?.finishReason ?? reason;
  }
  if (reason !== 'STOP') throw new Error(`Gemini stopped early: ${reason ?? 'the stream just ended'}`);
}

export const chatkit = chatkitMiddleware({
  store: new MemoryStore(),
  async *respond(turn) {
    yield* streamAnswer(turn, askGemini(await recentItems(turn), turn.signal));
  },
});
