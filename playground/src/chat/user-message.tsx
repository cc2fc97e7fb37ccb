// What the user wrote: text, mentions, a quotation, files.
import { AtSign, CornerDownRight, FileText } from 'lucide-react';
import { useEffect, useState } from 'react';
import { usePlayground } from '../page/playground';
import type { Attachment, ItemOf } from '../protocol/wire';
import { safeUrl } from '../sanitize';

type UserItem = ItemOf<'user_message'>;

export function UserMessage({ item }: { item: UserItem }) {
  const { model, tool_choice: tool } = item.inference_options ?? {};
  return (
    <div className="user-message">
      {(item.attachments ?? []).length > 0 && (
        <ul className="attachments" aria-label="Attachments">
          {item.attachments.map((attachment) => (
            <li key={attachment.id}>
              <AttachmentView attachment={attachment} />
            </li>
          ))}
        </ul>
      )}
      <div className="bubble">
        {item.quoted_text && (
          <blockquote className="quoted">
            <CornerDownRight size={14} aria-hidden />
            <span>{item.quoted_text}</span>
          </blockquote>
        )}
        <p>
          {item.content.map((part, index) =>
            part.type === 'input_tag' ? (
              <span key={index} className="tag" title={part.id}>
                <AtSign size={12} aria-hidden />
                {part.text}
              </span>
            ) : (
              <span key={index}>{part.text}</span>
            ),
          )}
        </p>
      </div>
      {(model !== undefined || tool !== undefined) && (
        <p className="muted small picked">
          {[model && `Model ${model}`, tool && `Tool ${tool.id}`].filter(Boolean).join(' · ')}
        </p>
      )}
    </div>
  );
}

function AttachmentView({ attachment }: { attachment: Attachment }) {
  const preview = usePreview(attachment);
  if (attachment.type === 'image' && preview !== undefined) {
    return <img className="attachment-image" src={preview} alt={attachment.name} />;
  }
  return (
    <span className="attachment-file">
      <FileText size={16} aria-hidden />
      <span className="attachment-name">{attachment.name}</span>
      <span className="muted small">{attachment.mime_type}</span>
    </span>
  );
}

/** The preview's address; one that is `lazy` is asked for. */
function usePreview(attachment: Attachment): string | undefined {
  const { client } = usePlayground();
  const given = attachment.type === 'image' ? attachment.preview_url : undefined;
  const [asked, setAsked] = useState<string>();
  useEffect(() => {
    if (given !== 'lazy') return;
    let here = true;
    void client.previewOf(attachment.id).then((url) => {
      if (here) setAsked(url);
    });
    return () => {
      here = false;
    };
  }, [client, given, attachment.id]);
  return safeUrl(given === 'lazy' ? asked : given, 'image');
}
