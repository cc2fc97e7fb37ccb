// Shows every component of widgets on one page, for development: run `npx vite playground`, then open /gallery.html.
// `?theme=dark` shows the dark theme, and `#name` one sample. The gallery is not part of the package.
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { WidgetRoot } from 'chatkit-express/protocol';
import { type WidgetAction, WidgetView } from '../widgets';
import { samples } from './samples';
import './gallery.css';

const asked = new URLSearchParams(location.search);

/** `?answers=held` answers actions when the button `Answer` is pressed. */
const held = asked.get('answers') === 'held';
/** Long enough to see the components that wait. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 600));

interface Sent {
  action: WidgetAction;
  formData: Record<string, unknown> | undefined;
}

function Gallery() {
  const [theme, setTheme] = useState<'light' | 'dark'>(asked.get('theme') === 'dark' ? 'dark' : 'light');
  const [disabled, setDisabled] = useState(false);
  const [pasted, setPasted] = useState<WidgetRoot>();
  const [sent, setSent] = useState<Sent[]>([]);
  const only = decodeURIComponent(location.hash.slice(1));
  const shown = Object.entries(samples).filter(([name]) => only === '' || name === only);
  const onAction = async (action: WidgetAction, formData?: Record<string, unknown>) => {
    setSent((before) => [...before, { action, formData }]);
    await (held ? new Promise((resolve) => addEventListener('answer', resolve, { once: true })) : pause());
  };
  return (
    <main data-theme={theme}>
      <header>
        <h1>Widget gallery</h1>
        <button type="button" onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}>
          Theme: {theme}
        </button>
        <label>
          <input type="checkbox" checked={disabled} onChange={() => setDisabled(!disabled)} /> disabled
        </label>
        {held && (
          <button type="button" onClick={answer}>
            Answer
          </button>
        )}
        <textarea aria-label="A widget as JSON" onChange={(event) => setPasted(parsed(event.currentTarget.value))} />
      </header>
      <pre id="sent" role="log" aria-label="Actions sent">
        {sent.map((one) => JSON.stringify(one)).join('\n')}
      </pre>
      {(pasted ? [['pasted', pasted] as const] : shown).map(([name, widget]) => (
        <section key={name} aria-label={name} data-sample={name}>
          <h2>{name}</h2>
          <WidgetView widget={widget} itemId={name} theme={theme} disabled={disabled} onAction={onAction} />
        </section>
      ))}
    </main>
  );
}

const answer = () => dispatchEvent(new Event('answer'));

function parsed(json: string): WidgetRoot | undefined {
  try {
    return JSON.parse(json) as WidgetRoot;
  } catch {
    return undefined;
  }
}

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <Gallery />
    </StrictMode>,
  );
