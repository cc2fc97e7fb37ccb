// Reports whether the official element is loaded. Its script comes from OpenAI's network, so it can be missing.
import { useEffect, useState } from 'react';

export type ScriptState = 'loading' | 'ready' | 'unreachable';

const source = 'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js';
/** How long the script may take. Should it come later, it is taken all the same. */
const patienceMs = 5000;

/** Added from here rather than in index.html, so that somebody listens when it fails. */
function addScript(): HTMLScriptElement {
  const known = document.querySelector<HTMLScriptElement>(`script[src="${source}"]`);
  if (known) return known;
  const script = document.createElement('script');
  script.src = source;
  return document.head.appendChild(script);
}

export function useChatKitScript(): ScriptState {
  const [state, setState] = useState<ScriptState>('loading');
  useEffect(() => {
    const ended = new AbortController();
    const giveUp = () => {
      if (!customElements.get('openai-chatkit')) setState('unreachable');
    };
    addScript().addEventListener('error', giveUp, { signal: ended.signal });
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
