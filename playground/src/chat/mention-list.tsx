// The list of entities after an @.
import { AtSign } from 'lucide-react';
import { NamedIcon } from '../ui/named-icon';
import type { PlaygroundEntity } from '../../../src/playground/config';
import type { Mentions } from './use-mentions';

export const mentionListId = 'mention-list';
export const mentionOptionId = (index: number) => `mention-${index}`;

interface MentionListProps {
  mentions: Mentions;
  onTake: (entity: PlaygroundEntity) => void;
}

export function MentionList({ mentions: { offered, active }, onTake }: MentionListProps) {
  if (offered.length === 0) return null;
  return (
    <ul className="mentions" role="listbox" id={mentionListId} aria-label="Mentions">
      {offered.map((entity, index) => (
        <li
          key={entity.id}
          id={mentionOptionId(index)}
          role="option"
          aria-selected={index === active}
          // A press would move the focus out of the text.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(entity)}
        >
          {entity.icon ? <NamedIcon name={entity.icon} /> : <AtSign size={16} aria-hidden />}
          <span>{entity.title}</span>
          {entity.group && <span className="muted small">{entity.group}</span>}
        </li>
      ))}
    </ul>
  );
}
