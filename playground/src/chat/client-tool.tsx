// A call of a client tool: what was asked of the page, and the question of what to answer when a person has to say.
import { SquareCode } from 'lucide-react';
import { useState } from 'react';
import { useStore } from '../page/store';
import { waitingCall } from '../page/handlers';
import { parseJson } from '../protocol/frames';
import type { ItemOf } from '../protocol/wire';
import { Button } from '../ui/button';

export function ClientToolCall({ item }: { item: ItemOf<'client_tool_call'> }) {
  const waiting = useStore(waitingCall);
  const asks = waiting?.call.id === item.id;
  return (
    <div className="client-tool" data-status={item.status}>
      <p>
        <SquareCode size={15} aria-hidden /> Client tool <code>{item.name}</code>
        <span className="muted small">
          {item.status === 'completed' ? 'answered' : asks ? 'waits for you' : 'called'}
        </span>
      </p>
      {Object.keys(item.arguments ?? {}).length > 0 && (
        <pre className="small" tabIndex={0}>
          {JSON.stringify(item.arguments, null, 2)}
        </pre>
      )}
      {asks && <AnswerForm answer={waiting.answer} />}
    </div>
  );
}

function AnswerForm({ answer }: { answer: (result: unknown) => void }) {
  const [text, setText] = useState('{}');
  const value = parseJson(text);
  return (
    <form
      className="tool-answer"
      onSubmit={(event) => {
        event.preventDefault();
        if (value !== undefined) answer(value);
      }}
    >
      <label>
        Result, as JSON
        <textarea
          value={text}
          onChange={({ target }) => setText(target.value)}
          rows={4}
          spellCheck={false}
          aria-invalid={value === undefined}
        />
      </label>
      {value === undefined && <p className="field-error">This is not JSON.</p>}
      <Button type="submit" look="primary" disabled={value === undefined}>
        Send the result
      </Button>
    </form>
  );
}
