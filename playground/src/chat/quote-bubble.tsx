// A button beside selected text, to quote it.
import { Quote } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../ui/button';
import { selectedText } from './turn-actions';

interface Place {
  text: string;
  left: number;
  top: number;
}

export function QuoteBubble({ onQuote }: { onQuote: (text: string) => void }) {
  const [place, setPlace] = useState<Place>();
  useEffect(() => {
    const look = () => {
      const text = selectedText();
      const box = text === '' ? undefined : getSelection()?.getRangeAt(0).getBoundingClientRect();
      setPlace(box && { text, left: box.left + box.width / 2, top: box.top });
    };
    document.addEventListener('selectionchange', look);
    return () => document.removeEventListener('selectionchange', look);
  }, []);
  if (!place) return null;
  const quote = () => {
    onQuote(place.text);
    getSelection()?.removeAllRanges();
  };
  return (
    <div className="quote-bubble" style={{ left: place.left, top: place.top }}>
      {/* A press would take the selection away before the click. */}
      <Button look="primary" icon={Quote} onMouseDown={(event) => event.preventDefault()} onClick={quote}>
        Quote
      </Button>
    </div>
  );
}
