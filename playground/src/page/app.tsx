// The page: the list of threads, the chat and the inspector. They are side by side if the window is wide enough.
import { Activity, Menu, Monitor, Moon, Sun } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ChatPanel } from '../chat/chat-panel';
import { ThreadList } from '../chat/thread-list';
import { Inspector } from '../inspector/inspector';
import { useExchanges } from '../inspector/use-exchanges';
import { safeUrl } from '../sanitize';
import { IconButton } from '../ui/button';
import { usePageTheme } from '../ui/theme';
import { useChat, usePlayground } from './playground';
import { type Looks, looks } from './settings';
import { useStore } from './store';
import { ToastList } from './toast-list';

/** Matches windows that are too narrow for the inspector. There the user opens the inspector with a button. */
const narrow = matchMedia('(max-width: 1000px)');

export function App() {
  const { config } = usePlayground();
  const { inspector } = useStore(looks);
  const [over, setOver] = useState<'threads' | 'inspector'>();
  usePageTheme();
  const showInspector = narrow.matches ? over === 'inspector' : inspector;
  const toggleInspector = () => {
    if (narrow.matches) setOver((before) => (before === 'inspector' ? undefined : 'inspector'));
    else looks.set((before) => ({ ...before, inspector: !before.inspector }));
  };
  useEscape(() => setOver(undefined));
  return (
    <div className="app" data-over={over} data-inspector={showInspector}>
      <ThreadList title={config.title ?? 'ChatKit playground'} onClose={() => setOver(undefined)} />
      {over && <div className="veil" onClick={() => setOver(undefined)} />}
      <main>
        <Header onThreads={() => setOver('threads')} onInspector={toggleInspector} inspectorOpen={showInspector} />
        <ChatPanel />
      </main>
      {showInspector && <Inspector onClose={toggleInspector} />}
      <ToastList />
    </div>
  );
}

/** Calls `onEscape` when the Escape key is pressed and no other listener has handled it. */
function useEscape(onEscape: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onEscape();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  });
}

interface HeaderProps {
  onThreads: () => void;
  onInspector: () => void;
  inspectorOpen: boolean;
}

function Header({ onThreads, onInspector, inspectorOpen }: HeaderProps) {
  const { config } = usePlayground();
  const { thread } = useChat();
  return (
    <header className="panel-head chat-head">
      <IconButton className="only-narrow" icon={Menu} label="Threads" onClick={onThreads} />
      <h2 className="grow thread-title">{thread?.title ?? 'New thread'}</h2>
      {(config.links ?? []).map(({ label, href }) => (
        <a key={label} className="head-link" href={safeUrl(href)}>
          {label}
        </a>
      ))}
      <ThemeButton />
      <span className="badge-box">
        <IconButton icon={Activity} label="Inspector" aria-pressed={inspectorOpen} onClick={onInspector} />
        <WarningBadge />
      </span>
    </header>
  );
}

/** Shows the number of exchanges with warnings or errors. */
function WarningBadge() {
  const count = useExchanges().filter(({ warnings }) => warnings.some(({ level }) => level !== 'note')).length;
  if (count === 0) return null;
  return (
    <span
      className="badge"
      role="img"
      aria-label={count === 1 ? '1 exchange with warnings' : `${count} exchanges with warnings`}
    >
      {count}
    </span>
  );
}

const themes: Record<Looks['theme'], { icon: typeof Sun; label: string; next: Looks['theme'] }> = {
  system: { icon: Monitor, label: 'Theme: as the system', next: 'light' },
  light: { icon: Sun, label: 'Theme: light', next: 'dark' },
  dark: { icon: Moon, label: 'Theme: dark', next: 'system' },
};

function ThemeButton() {
  const { theme } = useStore(looks);
  const { icon, label, next } = themes[theme];
  return <IconButton icon={icon} label={label} onClick={() => looks.set((before) => ({ ...before, theme: next }))} />;
}
