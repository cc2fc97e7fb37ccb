// A page of an application, with the chat in one of four places.
import type { UseChatKitReturn } from '@openai/chatkit-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Chat } from './chat';
import { Frame, type Place, places } from './frame';
import { Unreachable } from './unreachable';
import { useChatKitScript } from './use-chatkit-script';
import { usePrompts } from './use-prompts';
import { VoiceButton } from './voice-button';

interface Heard {
  title: string;
  detail: string;
}

export function App() {
  const script = useChatKitScript();
  const prompts = usePrompts();
  const chat = useRef<UseChatKitReturn>(undefined);
  const [place, setPlace] = useState<Place>('panel');
  const [open, setOpen] = useState(true);
  const [colorScheme, setColorScheme] = useState<'light' | 'dark'>(() => (prefersDark() ? 'dark' : 'light'));
  const [accent, setAccent] = useState('#2563eb');
  const [heard, setHeard] = useState<Heard[]>([]);

  const onHeard = useCallback((title: string, detail?: unknown) => {
    const words = typeof detail === 'string' ? detail : JSON.stringify(detail);
    setHeard((before) => [{ title, detail: words ?? '' }, ...before].slice(0, 20));
  }, []);
  const onReady = useCallback((ready: UseChatKitReturn) => void (chat.current = ready), []);
  useEffect(() => {
    document.documentElement.dataset['theme'] = colorScheme;
    document.documentElement.style.setProperty('--accent', accent);
  }, [colorScheme, accent]);

  const write = (text: string) => {
    onHeard('You said', text);
    if (script === 'ready') void chat.current?.setComposerValue({ text });
  };
  const move = (to: Place) => {
    setPlace(to);
    setOpen(true);
  };

  return (
    <div className="page" data-place={place} data-open={open}>
      <header>
        <h1>chatkit-express with React</h1>
        <PlacePicker place={place} onPick={move} />
        <button type="button" onClick={() => setColorScheme(colorScheme === 'dark' ? 'light' : 'dark')}>
          {colorScheme === 'dark' ? 'Light' : 'Dark'} theme
        </button>
        <VoiceButton onText={write} />
      </header>
      <main>
        <h2>What the page heard</h2>
        <p>Client tools, effects, mentions, widget actions and errors arrive here.</p>
        <ol aria-live="polite">
          {heard.map(({ title, detail }, index) => (
            <li key={heard.length - index}>
              <strong>{title}</strong> {detail}
            </li>
          ))}
        </ol>
      </main>
      <Frame place={place} open={open} onClose={() => setOpen(false)}>
        {(script === 'loading' || (script === 'ready' && !prompts)) && <p role="status">Loading the chat…</p>}
        {script === 'unreachable' && <Unreachable />}
        {script === 'ready' && prompts && (
          <Chat
            prompts={prompts}
            colorScheme={colorScheme}
            accent={accent}
            onHeard={onHeard}
            onAccent={setAccent}
            onReady={onReady}
          />
        )}
      </Frame>
      {!open && (
        <button type="button" className="launcher" onClick={() => setOpen(true)}>
          Open the chat
        </button>
      )}
    </div>
  );
}

const prefersDark = () => matchMedia('(prefers-color-scheme: dark)').matches;

function PlacePicker({ place, onPick }: { place: Place; onPick: (place: Place) => void }) {
  return (
    <fieldset className="places">
      <legend>Where the chat is</legend>
      {places.map((name) => (
        <label key={name}>
          <input type="radio" name="place" checked={place === name} onChange={() => onPick(name)} /> {name}
        </label>
      ))}
    </fieldset>
  );
}
