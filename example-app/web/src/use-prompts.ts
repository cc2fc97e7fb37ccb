// Loads the prompts of the start screen. The answer also sets the session cookie, so the chat must start after it.
// Without the cookie, the threads would belong to the owner that all requests without a cookie share.
import type { StartScreenPrompt } from '@openai/chatkit-react';
import { useEffect, useState } from 'react';

type Keyword = { keyword: string; about: string } & Pick<StartScreenPrompt, 'icon'>;

/** Returns the prompts. Returns `undefined` until the server has answered, and an empty list if the request failed. */
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
