// Shows one exchange in full: its events or its answer, its request and its headers.
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { curlOf } from '../protocol/curl';
import type { Exchange } from '../protocol/exchange';
import { parseJson } from '../protocol/frames';
import type { Warning } from '../protocol/warnings';
import { failureOf } from '../protocol/warnings/failures';
import { CopyButton } from '../ui/copy-button';
import { Tabs } from '../ui/tabs';
import { EventList } from './event-list';
import { JsonText } from '../ui/json-text';
import { timeOf } from './numbers';

interface ExchangeDetailsProps {
  exchange: Exchange;
  warnings: readonly Warning[];
}

export function ExchangeDetails({ exchange, warnings }: ExchangeDetailsProps) {
  const isStream = exchange.events.length > 0 || (exchange.kind === 'stream' && exchange.responseBody === undefined);
  const [tab, setTab] = useState('answer');
  return (
    <div className="exchange-details">
      <WarningList warnings={warnings} />
      <Failures exchange={exchange} />
      <Tabs
        label="Parts of the exchange"
        tabs={[
          { id: 'answer', label: isStream ? 'Events' : 'Answer' },
          { id: 'request', label: 'Request' },
          { id: 'headers', label: 'Headers' },
        ]}
        current={tab}
        onChange={setTab}
        tools={<CopyButton words label="Copy as curl" text={() => curlOf(exchange, location.href)} />}
      >
        {tab === 'answer' &&
          (isStream ? <EventList events={exchange.events} warnings={warnings} /> : <Answer exchange={exchange} />)}
        {tab === 'request' && <JsonText value={parseJson(exchange.requestBody)} raw={exchange.requestBody} />}
        {tab === 'headers' && <Headers exchange={exchange} />}
      </Tabs>
    </div>
  );
}

const icons = { error: CircleAlert, warning: TriangleAlert, note: Info };

/** Shows one line for each code, because the same mistake may be in every event of a stream. */
function WarningList({ warnings }: { warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null;
  const byCode = groupByCode(warnings);
  return (
    <ul className="warnings" aria-label="Warnings">
      {[...byCode].map(([code, group]) => {
        const [first] = group;
        if (!first) return null;
        const Icon = icons[first.level];
        return (
          <li key={code} className={`warning-${first.level}`} data-code={code}>
            <Icon size={16} role="img" aria-label={first.level} />
            <span>
              {first.message}
              {group.length > 1 && <span className="muted"> ({group.length} times)</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** Shows the log entries of the errors in a stream, if the server sends them. */
function Failures({ exchange: { events } }: { exchange: Exchange }) {
  return events.map(({ data }, index) => {
    const failure = failureOf(data);
    if (!failure) return null;
    return (
      <figure key={index} className="failure">
        <figcaption>The server&apos;s log: {failure.summary}</figcaption>
        <pre tabIndex={0} role="group" aria-label="The error with its stack">
          {failure.err}
        </pre>
      </figure>
    );
  });
}

function groupByCode(warnings: readonly Warning[]): Map<string, Warning[]> {
  const groups = new Map<string, Warning[]>();
  for (const warning of warnings) groups.set(warning.code, [...(groups.get(warning.code) ?? []), warning]);
  return groups;
}

function Answer({ exchange: { responseBody, failure, outcome, progress } }: { exchange: Exchange }) {
  if (failure !== undefined) return <p className="pad">{failure}</p>;
  if (responseBody === undefined) {
    const sent = progress === undefined ? '' : ` ${Math.round(progress * 100)}% sent.`;
    return <p className="muted pad">{outcome === 'open' ? `Waiting for the answer…${sent}` : 'There is no answer.'}</p>;
  }
  if (responseBody === '') return <p className="muted pad">The answer is empty.</p>;
  return <JsonText value={parseJson(responseBody)} raw={responseBody} />;
}

function Headers({ exchange }: { exchange: Exchange }) {
  const { method, url, status, statusText, requestHeaders, responseHeaders, headersAfter } = exchange;
  return (
    <div className="headers" tabIndex={0} role="group" aria-label="Headers">
      <p>
        <strong>{method}</strong> {url}
      </p>
      <HeaderTable headers={requestHeaders} />
      <p>
        <strong>{status ?? 'No answer'}</strong> {statusText}
        {headersAfter !== undefined && <span className="muted"> after {timeOf(headersAfter)}</span>}
      </p>
      <HeaderTable headers={responseHeaders} />
    </div>
  );
}

function HeaderTable({ headers }: { headers: Record<string, string> }) {
  return (
    <dl className="header-table">
      {Object.entries(headers).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
