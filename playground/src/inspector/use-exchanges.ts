// The exchanges as the inspector lists them: with their warnings, and filtered.
import { useMemo } from 'react';
import { usePlayground } from '../page/playground';
import { useStore } from '../page/store';
import type { Exchange } from '../protocol/exchange';
import { type Warning, warningsOf } from '../protocol/warnings';

export interface Examined {
  exchange: Exchange;
  warnings: Warning[];
}

/** Exchanges never change: a changed one is another object. */
const examined = new WeakMap<Exchange, Examined>();

function examine(exchange: Exchange): Examined {
  // One that is under way is looked at when it is over: its warnings would come and go.
  const found = examined.get(exchange) ?? {
    exchange,
    warnings: exchange.outcome === 'open' ? [] : warningsOf(exchange),
  };
  examined.set(exchange, found);
  return found;
}

export interface Filter {
  /** Words that the request or the answer must hold. */
  text: string;
  kind: 'all' | Exchange['kind'];
  onlyWarnings: boolean;
}

/** Every exchange, oldest first. */
export function useExchanges(): readonly Examined[] {
  const { log } = usePlayground();
  const exchanges = useStore({ get: log.snapshot, subscribe: log.subscribe });
  return useMemo(() => exchanges.map(examine), [exchanges]);
}

/** Those that pass the filter, newest first. */
export function filtered(all: readonly Examined[], { text, kind, onlyWarnings }: Filter): Examined[] {
  const wanted = text.trim().toLowerCase();
  return all
    .filter(
      ({ exchange, warnings }) =>
        (kind === 'all' || exchange.kind === kind) &&
        (!onlyWarnings || warnings.some(({ level }) => level !== 'note')) &&
        (wanted === '' || textOf(exchange).includes(wanted)),
    )
    .reverse();
}

function textOf({ type, requestBody, responseBody = '', events, status }: Exchange): string {
  return [type, String(status ?? ''), requestBody, responseBody, ...events.map(({ raw }) => raw)]
    .join('\n')
    .toLowerCase();
}
