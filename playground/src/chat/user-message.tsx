// A message of the user: text, mentions, a quotation, files.
import { AtSign, CornerDownRight, FileText } from 'lucide-react';
import { useEffect, useState } from 'react';
import { usePlayground } from '../page/playground';
import type { Attachment, ItemOf } from '../protocol/wire';
import { safeUrl } from '../sanitize';

type UserItem = ItemOf<'user_message'>;

export function UserMessage({ item }: { item: UserItem }) {
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
      <Picked item={item} />
    </div>
  );
}

/** The model and the tool that the user selected, unless they are the defaults. */
function Picked({ item }: { item: UserItem }) {
  const { config } = usePlayground();
  const { model: modelId, tool_choice } = item.inference_options ?? {};
  const model = config.models?.find(({ id }) => id === modelId);
  const tool = config.tools?.find(({ id }) => id === tool_choice?.id);
  const words = [
    modelId !== undefined && !model?.default && `Model ${model?.label ?? modelId}`,
    tool_choice && `Tool ${tool?.label ?? tool_choice.id}`,
  ].filter(Boolean);
  return words.length === 0 ? null : <p className="muted small picked">{words.join(' · ')}</p>;
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
