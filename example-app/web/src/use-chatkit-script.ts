// Whether the official element is there. Its script comes from OpenAI's network, so it may not be.
import { useEffect, useState } from 'react';

export type ScriptState = 'loading' | 'ready' | 'unreachable';

/** How long the script may take. Should it come later, it is taken all the same. */
const patienceMs = 5000;

export function useChatKitScript(): ScriptState {
  const [state, setState] = useState<ScriptState>(customElements.get('openai-chatkit') ? 'ready' : 'loading');
  useEffect(() => {
    const ended = new AbortController();
    const giveUp = () => {
      if (!customElements.get('openai-chatkit') && !ended.signal.aborted) setState('unreachable');
    };
    const script = document.getElementById('chatkit-script');
    script?.addEventListener('error', giveUp, { signal: ended.signal });
    const timer = setTimeout(giveUp, patienceMs);
    void customElements.whenDefined('openai-chatkit').then(() => {
      if (!ended.signal.aborted) setState('ready');
    });
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, []);
  return state;
}
