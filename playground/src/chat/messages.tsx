// Messages of the application rather than of the assistant: progress, notices, errors.
import { CircleAlert, Info, Radio, RotateCcw, TriangleAlert, X } from 'lucide-react';
import { useChat, usePlayground } from '../page/playground';
import { failureOf } from '../protocol/warnings/failures';
import { Markdown } from '../sanitize';
import { Button, IconButton } from '../ui/button';
import { NamedIcon } from '../ui/named-icon';

/** The progress line, until the next item. */
export function Progress() {
  const { progress, run, items, openItems } = useChat();
  if (progress) {
    return (
      <p className="progress" role="status">
        {progress.icon && <NamedIcon name={progress.icon} />}
        <span className="shimmer">{progress.text}</span>
      </p>
    );
  }
  if (run?.postedAgain) {
    const { attempt, reason } = run.postedAgain;
    return (
      <p className="progress" role="status">
        <TriangleAlert size={16} aria-hidden />
        {reason}: the official client posts the request again, and so does this page (attempt {attempt} of 6)
      </p>
    );
  }
  if (run?.type === 'join') {
    return (
      <p className="progress" role="status">
        <Radio size={16} aria-hidden />
        This answer began before. The page has joined it.
      </p>
    );
  }
  const waits = run?.waiting === true && openItems.size === 0;
  const answering = items.at(-1)?.type === 'assistant_message';
  if (!waits || answering) return null;
  return (
    <p className="progress" role="status" aria-label="Waiting for the answer">
      <span className="dots" aria-hidden>
        <span />
        <span />
        <span />
      </span>
    </p>
  );
}

const noticeIcons = { info: Info, warning: TriangleAlert, danger: CircleAlert };

export function Notices() {
  const { client } = usePlayground();
  const { notices } = useChat();
  return notices.map(({ id, level, title, message }) => {
    const Icon = noticeIcons[level] ?? Info;
    return (
      <div key={id} className={`notice notice-${level}`} role={level === 'danger' ? 'alert' : 'status'}>
        <Icon size={18} aria-hidden />
        <div>
          {title && <p className="notice-title">{title}</p>}
          <Markdown text={message} />
        </div>
        <IconButton icon={X} label="Dismiss the notice" size={16} onClick={() => client.dismissNotice(id)} />
      </div>
    );
  });
}

export function ErrorBanner() {
  const { client } = usePlayground();
  const { error, run } = useChat();
  if (!error) return null;
  const { event } = error;
  const isNeutral = event?.code !== 'custom' || !event.message;
  const logged = isNeutral ? 'The log of the server has the reason.' : undefined;
  const reason = failureOf(event)?.err.split('\n', 1)[0] ?? logged;
  return (
    <div className="notice notice-danger error-banner" role="alert">
      <CircleAlert size={18} aria-hidden />
      <div>
        <p>{error.message}</p>
        {reason !== undefined && <p className="error-reason">{reason}</p>}
      </div>
      {error.allowRetry && !run && (
        <Button icon={RotateCcw} onClick={() => void client.retry()}>
          Retry
        </Button>
      )}
    </div>
  );
}
