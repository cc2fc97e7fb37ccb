// The prompts of the start screen, from the server. Its answer also gives this browser its session cookie, without which
// its threads would belong to whoever has none: so the chat starts after it.
import type { StartScreenPrompt } from '@openai/chatkit-react';
import { useEffect, useState } from 'react';

type Keyword = { keyword: string; about: string } & Pick<StartScreenPrompt, 'icon'>;

/** `undefined` until the server has answered; empty when it could not. */
export function usePrompts(): StartScreenPrompt[] | undefined {
  const [prompts, setPrompts] = useState<StartScreenPrompt[]>();
  useEffect(() => {
    const ended = new AbortController();
    void load(ended.signal).then((loaded) => {
      if (!ended.signal.aborted) setPrompts(loaded);
    });
    return () => ended.abort();
  }, []);
  return prompts;
}

async function load(signal: AbortSignal): Promise<StartScreenPrompt[]> {
  try {
    const response = await fetch('/keywords', { signal });
    const keywords = (await response.json()) as Keyword[];
    return keywords.map(({ keyword, about, icon }) => ({ label: about, prompt: keyword, icon }));
  } catch {
    return [];
  }
}
