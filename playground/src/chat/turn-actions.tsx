// The buttons of an answer: copy, quote, feedback, retry.
import { Quote, RotateCcw, ThumbsDown, ThumbsUp } from 'lucide-react';
import { useChat, usePlayground } from '../page/playground';
import { textOf } from '../protocol/item-text';
import type { Item } from '../protocol/wire';
import { IconButton } from '../ui/button';
import { CopyButton } from '../ui/copy-button';

interface TurnActionsProps {
  items: readonly Item[];
  onQuote: (text: string) => void;
}

export function TurnActions({ items, onQuote }: TurnActionsProps) {
  const { client } = usePlayground();
  const { feedback } = useChat();
  const answers = items.filter(({ type }) => type !== 'user_message');
  const last = answers.at(-1);
  if (!last) return null;
  const text = () =>
    answers
      .map(textOf)
      .filter((part) => part !== '')
      .join('\n\n');
  const given = answers.map(({ id }) => feedback.get(id)).find((kind) => kind !== undefined);
  const hasText = answers.some((item) => textOf(item) !== '');
  return (
    <div className="turn-actions" role="group" aria-label="Answer">
      {hasText && <CopyButton label="Copy the answer" text={text} />}
      {hasText && (
        <IconButton icon={Quote} label="Quote the answer" size={16} onClick={() => onQuote(selectedText() || text())} />
      )}
      <IconButton
        icon={ThumbsUp}
        label="Good answer"
        size={16}
        aria-pressed={given === 'positive'}
        onClick={() => void client.giveFeedback(last.id, 'positive')}
      />
      <IconButton
        icon={ThumbsDown}
        label="Bad answer"
        size={16}
        aria-pressed={given === 'negative'}
        onClick={() => void client.giveFeedback(last.id, 'negative')}
      />
      <IconButton icon={RotateCcw} label="Answer again" size={16} onClick={() => void client.retry(last.id)} />
    </div>
  );
}

/** Returns the selected text if it is part of an answer. */
export function selectedText(): string {
  const selection = getSelection();
  const node = selection?.anchorNode;
  const element = node instanceof Element ? node : node?.parentElement;
  return element?.closest('[data-quotable]') ? (selection?.toString().trim() ?? '') : '';
}
