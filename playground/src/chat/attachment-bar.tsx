// The files of the composer, as a person sees them.
import { FileText, RotateCcw, X } from 'lucide-react';
import { IconButton } from '../ui/button';
import type { Attachments, Draft } from './use-attachments';

export function AttachmentBar({ drafts, remove, tryAgain }: Attachments) {
  if (drafts.length === 0) return null;
  return (
    <ul className="drafts" aria-label="Files to send">
      {drafts.map((draft) => (
        <li key={draft.key} className="draft" data-state={stateOf(draft)}>
          {draft.preview ? <img src={draft.preview} alt="" /> : <FileText size={20} aria-hidden />}
          <span className="draft-words">
            <span className="draft-name">{draft.file.name}</span>
            <DraftState draft={draft} />
          </span>
          {draft.failure !== undefined && (
            <IconButton
              icon={RotateCcw}
              size={14}
              label={`Upload ${draft.file.name} again`}
              onClick={() => tryAgain(draft.key)}
            />
          )}
          <IconButton icon={X} size={14} label={`Remove ${draft.file.name}`} onClick={() => remove(draft.key)} />
        </li>
      ))}
    </ul>
  );
}

function stateOf({ attachment, failure }: Draft): 'uploaded' | 'failed' | 'uploading' {
  if (attachment) return 'uploaded';
  return failure === undefined ? 'uploading' : 'failed';
}

function DraftState({ draft }: { draft: Draft }) {
  if (draft.failure !== undefined) {
    return (
      <span className="field-error small" role="alert">
        {draft.failure}
      </span>
    );
  }
  if (draft.attachment) return <span className="muted small">{sizeOf(draft.file.size)}</span>;
  return <progress value={draft.progress} max={1} aria-label={`Upload of ${draft.file.name}`} />;
}

function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
