// Lists the exchanges with their types, results, durations and warnings.
import { CircleAlert, Info, Trash2, TriangleAlert } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { usePlayground } from '../page/playground';
import type { Exchange } from '../protocol/exchange';
import { hasFailed } from '../protocol/warnings/failures';
import { IconButton } from '../ui/button';
import { ExchangeDetails } from './exchange-details';
import { clockOf, sizeOf, timeOf } from './numbers';
import { type Examined, type Filter, filtered, useExchanges } from './use-exchanges';

export function Traffic() {
  const { log } = usePlayground();
  const all = useDeferredValue(useExchanges());
  const [filter, setFilter] = useState<Filter>({ text: '', kind: 'all', onlyWarnings: false });
  const [openId, setOpenId] = useState<number>();
  const shown = filtered(all, filter);
  return (
    <div className="traffic">
      <FilterBar filter={filter} onChange={setFilter} onClear={() => log.clear()} />
      {shown.length === 0 && (
        <p className="muted center pad">
          {all.length === 0 ? 'Nothing yet. Say something.' : 'Nothing passes the filter.'}
        </p>
      )}
      <ul className="exchanges" aria-label="Exchanges, newest first">
        {shown.map((entry) => (
          <ExchangeRow
            key={entry.exchange.id}
            entry={entry}
            open={entry.exchange.id === openId}
            onToggle={() => setOpenId((before) => (before === entry.exchange.id ? undefined : entry.exchange.id))}
          />
        ))}
      </ul>
    </div>
  );
}

interface FilterBarProps {
  filter: Filter;
  onChange: (filter: Filter) => void;
  onClear: () => void;
}

function FilterBar({ filter, onChange, onClear }: FilterBarProps) {
  return (
    <div className="filter-bar" role="search" aria-label="Filter the exchanges">
      <input
        type="search"
        placeholder="Filter"
        aria-label="Filter by text"
        value={filter.text}
        onChange={({ target }) => onChange({ ...filter, text: target.value })}
      />
      <select
        aria-label="Filter by kind"
        value={filter.kind}
        onChange={({ target }) => onChange({ ...filter, kind: target.value as Filter['kind'] })}
      >
        <option value="all">All</option>
        <option value="stream">Streams</option>
        <option value="json">JSON</option>
        <option value="upload">Uploads</option>
      </select>
      <label className="check" title="Only exchanges with warnings">
        <input
          type="checkbox"
          checked={filter.onlyWarnings}
          onChange={({ target }) => onChange({ ...filter, onlyWarnings: target.checked })}
        />
        <TriangleAlert size={14} role="img" aria-label="Only with warnings" />
      </label>
      <IconButton icon={Trash2} size={16} label="Clear the list" onClick={onClear} />
    </div>
  );
}

interface ExchangeRowProps {
  entry: Examined;
  open: boolean;
  onToggle: () => void;
}

function ExchangeRow({ entry: { exchange, warnings }, open, onToggle }: ExchangeRowProps) {
  const { type, kind, status, outcome, attempt, startedAt, endedAfter, events, responseBytes, requestBytes } = exchange;
  const bytes = kind === 'upload' ? requestBytes : responseBytes;
  return (
    <li className="exchange" data-outcome={outcome} data-type={type} data-open={open}>
      <button type="button" className="exchange-head" aria-expanded={open} onClick={onToggle}>
        <span className="exchange-status" data-good={isGood(exchange)}>
          {outcome === 'open' ? '···' : (status ?? 'ERR')}
        </span>
        <span className="exchange-type">
          {type}
          {attempt > 1 && <span className="pill">attempt {attempt}</span>}
          {outcome === 'aborted' && <span className="pill">stopped</span>}
          {hasFailed(exchange) && <span className="pill pill-failed">failed</span>}
        </span>
        <WarningCount warnings={warnings} />
        <span className="exchange-facts muted">
          <span>{clockOf(startedAt)}</span>
          <span>{timeOf(endedAfter)}</span>
          <span>{sizeOf(bytes)}</span>
          {kind === 'stream' && <span>{events.length} events</span>}
        </span>
      </button>
      {open && <ExchangeDetails exchange={exchange} warnings={warnings} />}
    </li>
  );
}

function isGood(exchange: Exchange): boolean {
  const { status, outcome } = exchange;
  if (hasFailed(exchange)) return false;
  return outcome === 'open' || (status !== undefined && status < 400 && outcome !== 'failed');
}

function WarningCount({ warnings }: Pick<Examined, 'warnings'>) {
  const grave = warnings.filter(({ level }) => level !== 'note').length;
  if (warnings.length === 0) return null;
  const Icon = warnings.some(({ level }) => level === 'error') ? CircleAlert : grave > 0 ? TriangleAlert : Info;
  const level = warnings.some((warning) => warning.level === 'error') ? 'error' : grave > 0 ? 'warning' : 'note';
  return (
    <span className={`warning-count warning-${level}`}>
      <Icon size={14} role="img" aria-label={`${level}s`} /> {warnings.length}
    </span>
  );
}
