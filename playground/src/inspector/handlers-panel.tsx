// Edits the handlers of client tools and effects.
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { type EffectHandler, handlers, setEffect, setTool, type ToolHandler, toolHandler } from '../page/handlers';
import { usePlayground } from '../page/playground';
import { useStore } from '../page/store';
import { parseJson } from '../protocol/frames';
import { Button } from '../ui/button';

export function HandlersPanel() {
  const { config } = usePlayground();
  const { tools, effects } = useStore(handlers);
  const clientTools = config.clientTools ?? {};
  const toolNames = [...new Set([...Object.keys(clientTools), ...Object.keys(tools)])];
  const effectNames = Object.keys(effects);
  return (
    <div className="handlers">
      <section>
        <h3>Client tools</h3>
        <p className="muted small">What this page answers when the assistant calls a tool of the page.</p>
        {toolNames.map((name) => (
          <ToolEditor key={name} name={name} handler={toolHandler(name, clientTools)} />
        ))}
        <NewTool onAdd={(name) => setTool(name, { mode: 'answer', result: '{}' })} />
      </section>
      <section>
        <h3>Effects</h3>
        {effectNames.length === 0 && (
          <p className="muted small">None was received yet. Each name is listed here from then on.</p>
        )}
        {effectNames.map((name) => (
          <label key={name} className="field">
            <code>{name}</code>
            <select value={effects[name]} onChange={({ target }) => setEffect(name, target.value as EffectHandler)}>
              <option value="show">Show it</option>
              <option value="colour">Take its colour for the page</option>
              <option value="ignore">Ignore it</option>
            </select>
          </label>
        ))}
      </section>
    </div>
  );
}

function ToolEditor({ name, handler }: { name: string; handler: ToolHandler }) {
  const bad = handler.mode === 'answer' && parseJson(handler.result) === undefined;
  return (
    <fieldset className="tool-editor">
      <legend>
        <code>{name}</code>
      </legend>
      <select
        aria-label={`How ${name} is answered`}
        value={handler.mode}
        onChange={({ target }) => setTool(name, { ...handler, mode: target.value as ToolHandler['mode'] })}
      >
        <option value="answer">Answer with this result</option>
        <option value="ask">Ask me each time</option>
        <option value="fail">Fail</option>
      </select>
      {handler.mode === 'answer' && (
        <textarea
          aria-label={`Result of ${name}, as JSON`}
          aria-invalid={bad}
          rows={4}
          spellCheck={false}
          value={handler.result}
          onChange={({ target }) => setTool(name, { ...handler, result: target.value })}
        />
      )}
      {bad && <p className="field-error small">This is not JSON: the page will ask you instead.</p>}
    </fieldset>
  );
}

function NewTool({ onAdd }: { onAdd: (name: string) => void }) {
  const [name, setName] = useState('');
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') onAdd(name.trim());
        setName('');
      }}
    >
      <input
        aria-label="Name of another client tool"
        placeholder="Another tool’s name"
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <Button type="submit" icon={Plus}>
        Add
      </Button>
    </form>
  );
}
