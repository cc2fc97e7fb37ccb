import { experimental_transcribe as transcribe, generateText, type LanguageModel, type TranscriptionModel } from 'ai';
import type { HookEvents, HookEventInput, RespondTurn } from 'chatkit-express';
import {
  type AiFile,
  streamTextResult,
  TextStreamConverter,
  titleThread,
  transcribeWith,
} from 'chatkit-express/ai-sdk';

type Turn = RespondTurn<unknown>;
declare function save(file: AiFile): Promise<string>;
declare function ask(turn: Turn): Parameters<typeof streamTextResult>[1];
declare function bill(turn: Turn, usage: unknown): void;

// #region converter
class Converter extends TextStreamConverter {
  override imageToUrl(file: AiFile): Promise<string> {
    return save(file); // where your files are
  }

  override dataToEvents(name: string, data: unknown): HookEventInput[] | null {
    if (name !== 'weather') return null;
    const { degrees } = data as { degrees: number };
    return [{ type: 'progress_update', text: `${degrees} °C` }];
  }
}

async function* respond(turn: Turn): HookEvents {
  yield* streamTextResult(turn, ask(turn), { converter: new Converter() });
}
// #endregion

export function usage() {
  // #region usage
  async function* respond(turn: Turn): HookEvents {
    yield* streamTextResult(turn, ask(turn), { onUsage: (usage) => bill(turn, usage) });
  }
  // #endregion
  return respond;
}

export function titles(model: LanguageModel, ear: TranscriptionModel) {
  // #region titles
  async function* respond(turn: Turn): HookEvents {
    const titled = titleThread(turn, async ({ instructions, message, signal }) => {
      const { text } = await generateText({ model, system: instructions, prompt: message, abortSignal: signal });
      return text;
    });
    yield* streamTextResult(turn, ask(turn)); // as above
    await titled;
  }

  const hear = transcribeWith(({ data }) => transcribe({ model: ear, audio: data }));
  // #endregion
  return { respond, transcribe: hear };
}

export { respond };
