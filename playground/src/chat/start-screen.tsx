// The start of a new thread: a greeting and prompts.
import type { PlaygroundPrompt } from '../../../src/playground/config';
import { usePlayground } from '../page/playground';
import { NamedIcon } from '../ui/named-icon';

export function StartScreen({ onPrompt }: { onPrompt: (prompt: PlaygroundPrompt) => void }) {
  const { config } = usePlayground();
  return (
    <div className="start-screen">
      <h1>{config.greeting ?? 'What shall we try?'}</h1>
      <ul className="prompts" aria-label="Suggestions">
        {(config.prompts ?? []).map((prompt) => (
          <li key={prompt.label}>
            <button type="button" className="prompt" onClick={() => onPrompt(prompt)}>
              {prompt.icon && <NamedIcon name={prompt.icon} size={18} />}
              <span>{prompt.label}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
