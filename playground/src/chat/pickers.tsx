// The model and the tool for the next message.
import { useEffect } from 'react';
import { usePlayground } from '../page/playground';
import { useStore } from '../page/store';
import { changeDraft, composerDraft } from './composer-draft';

export function ModelPicker() {
  const { config } = usePlayground();
  const { model } = useStore(composerDraft);
  const models = config.models ?? [];
  const first = models.find((candidate) => candidate.default)?.id ?? models[0]?.id;
  useEffect(() => {
    if (composerDraft.get().model === undefined && first !== undefined) changeDraft({ model: first });
  }, [first]);
  if (models.length === 0) return null;
  return (
    <select
      className="picker"
      aria-label="Model"
      title={models.find(({ id }) => id === model)?.description}
      value={model ?? ''}
      onChange={({ target }) => changeDraft({ model: target.value })}
    >
      {models.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  );
}

export function ToolPicker() {
  const { config } = usePlayground();
  const { tool } = useStore(composerDraft);
  const tools = config.tools ?? [];
  if (tools.length === 0) return null;
  return (
    <select
      className="picker"
      aria-label="Tool"
      value={tool ?? ''}
      onChange={({ target }) => changeDraft({ tool: target.value || undefined })}
    >
      <option value="">No tool</option>
      {tools.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  );
}
