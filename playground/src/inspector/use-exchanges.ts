// Checks and filters the exchanges for the inspector.
import { useMemo } from 'react';
import { usePlayground } from '../page/playground';
import { useStore } from '../page/store';
import type { Exchange } from '../protocol/exchange';
import { type Warning, warningsOf } from '../protocol/warnings';

export interface Examined {
  exchange: Exchange;
  warnings: Warning[];
}

/** The warnings by exchange. An exchange never changes, because each update creates a new object. */
const examined = new WeakMap<Exchange, Examined>();

function examine(exchange: Exchange): Examined {
  // An open exchange is not checked yet, because its warnings would appear and disappear.
  const found = examined.get(exchange) ?? {
    exchange,
    warnings: exchange.outcome === 'open' ? [] : warningsOf(exchange),
  };
  examined.set(exchange, found);
  return found;
}

export interface Filter {
  /** The text that the request or the answer must contain. */
  text: string;
  kind: 'all' | Exchange['kind'];
  onlyWarnings: boolean;
}

/** Returns every exchange, oldest first. */
export function useExchanges(): readonly Examined[] {
  const { log } = usePlayground();
  const exchanges = useStore({ get: log.snapshot, subscribe: log.subscribe });
  return useMemo(() => exchanges.map(examine), [exchanges]);
}

/** Returns the exchanges that match the filter, newest first. */
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
