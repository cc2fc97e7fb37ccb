// Lists the events of a stream with their times, sizes and data.
import { TriangleAlert } from 'lucide-react';
import { memo, useState } from 'react';
import type { ExchangeEvent } from '../protocol/exchange';
import type { Warning } from '../protocol/warnings';
import { objectOf } from '../protocol/wire';
import { Button } from '../ui/button';
import { JsonText } from '../ui/json-text';
import { sizeOf, timeOf } from './numbers';

/** The number of events that are shown at first. It is limited because each event is an element of the page. */
const shownAtFirst = 200;

interface EventListProps {
  events: readonly ExchangeEvent[];
  warnings: readonly Warning[];
}

export function EventList({ events, warnings }: EventListProps) {
  const [all, setAll] = useState(false);
  const hidden = all ? 0 : Math.max(events.length - shownAtFirst, 0);
  const warned = new Set(warnings.flatMap(({ event }) => (event === undefined ? [] : [event])));
  if (events.length === 0) return <p className="muted pad">No events yet.</p>;
  return (
    <ol className="events" aria-label="Events">
      {events.slice(0, events.length - hidden).map((event, index) => (
        <EventRow key={index} event={event} warned={warned.has(index)} />
      ))}
      {hidden > 0 && (
        <li>
          <Button look="plain" onClick={() => setAll(true)}>
            Show {hidden} more
          </Button>
        </li>
      )}
    </ol>
  );
}

const EventRow = memo(function EventRow({ event, warned }: { event: ExchangeEvent; warned: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <li className="event" data-warned={warned}>
      <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <span className="event-time muted">{timeOf(event.at)}</span>
          <span className="event-type">{labelOf(event)}</span>
          {warned && <TriangleAlert size={13} role="img" aria-label="warning" />}
          <span className="event-size muted">{sizeOf(event.bytes)}</span>
        </summary>
        {open && <JsonText value={event.data} raw={event.raw} />}
      </details>
    </li>
  );
});

/** Shows the type of the event and its subject. */
function labelOf({ data, raw }: ExchangeEvent) {
  const { type, item, update, text, message, name } = objectOf(data);
  if (typeof type !== 'string') return raw.slice(0, 40);
  const { type: updateType, delta } = objectOf(update);
  const about = objectOf(item)['type'] ?? updateType ?? name ?? text ?? message;
  const words = typeof delta === 'string' ? JSON.stringify(delta) : '';
  return (
    <>
      <span>{type.replace(/^thread\.item\./, 'item.')}</span>
      {typeof about === 'string' && (
        <span className="event-about">{about.replace('assistant_message.content_part.', 'part.')}</span>
      )}
      {words !== '' && <span className="event-delta">{words}</span>}
    </>
  );
}
