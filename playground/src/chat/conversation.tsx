// The open thread: its turns, and the progress below them.
import { ArrowDown } from 'lucide-react';
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useChat } from '../page/playground';
import { IconButton } from '../ui/button';
import { ErrorBanner, Notices, Progress } from './messages';
import { ThreadItem } from './thread-item';
import { TurnActions } from './turn-actions';
import { turnsOf } from './turns';

export function Conversation({ onQuote }: { onQuote: (text: string) => void }) {
  const { items, run, openItems, imageProgress, thread, itemsLoading } = useChat();
  const turns = useMemo(() => turnsOf(items), [items]);
  const { box, atEnd, toEnd } = useStickyEnd();
  const busy = run !== null;
  return (
    <div className="conversation-frame">
      <div className="conversation" ref={box} tabIndex={0} role="region" aria-label="Conversation">
        <div className="turns" role="log" aria-busy={busy} aria-label="Messages">
          {itemsLoading === 'loading' && <p className="muted center">Loading the thread…</p>}
          {itemsLoading === 'failed' && <p className="muted center">The thread could not be loaded.</p>}
          {turns.map((turn, index) => (
            <section key={turn.id} className="turn" aria-label={`Turn ${index + 1}`}>
              {turn.items.map((item) => (
                <ThreadItem
                  key={item.id}
                  item={item}
                  open={openItems.has(item.id)}
                  imageProgress={imageProgress.get(item.id)}
                  imageDomains={thread?.allowed_image_domains}
                  busy={busy}
                />
              ))}
              {!(busy && index === turns.length - 1) && <TurnActions items={turn.items} onQuote={onQuote} />}
            </section>
          ))}
          <Progress />
          <Notices />
          <ErrorBanner />
        </div>
      </div>
      {!atEnd && (
        <IconButton className="to-end" icon={ArrowDown} label="To the end of the conversation" onClick={toEnd} />
      )}
    </div>
  );
}

/** Keeps the end in view while the content grows, unless somebody has scrolled up. */
function useStickyEnd(): { box: RefObject<HTMLDivElement | null>; atEnd: boolean; toEnd: () => void } {
  const box = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const [atEnd, setAtEnd] = useState(true);
  const { threadId } = useChat();

  useLayoutEffect(() => {
    sticks.current = true;
  }, [threadId]);

  useEffect(() => {
    const element = box.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    let lastTop = element.scrollTop;
    const look = () => {
      const near = element.scrollHeight - element.scrollTop - element.clientHeight < 60;
      // Content that grew below also takes the end away; only somebody who scrolls up wants to leave it.
      if (near) sticks.current = true;
      else if (element.scrollTop < lastTop) sticks.current = false;
      lastTop = element.scrollTop;
      setAtEnd(near);
    };
    const follow = () => {
      if (sticks.current) element.scrollTop = element.scrollHeight;
      look();
    };
    const observer = new ResizeObserver(follow);
    observer.observe(content);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);

  const toEnd = () => {
    sticks.current = true;
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior: 'smooth' });
  };
  return { box, atEnd, toEnd };
}
