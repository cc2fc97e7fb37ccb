// The list of threads: open, rename, delete, begin a new one.
import { MessageSquarePlus, PanelLeftClose, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useChat, usePlayground } from '../page/playground';
import type { ThreadInfo } from '../protocol/wire';
import { Button, IconButton } from '../ui/button';
import { Dialog } from '../ui/dialog';

interface ThreadListProps {
  title: string;
  /** Closes the list where it lies over the chat. */
  onClose: () => void;
}

export function ThreadList({ title, onClose }: ThreadListProps) {
  const { client } = usePlayground();
  const { threads, threadsLoading, hasMoreThreads, threadId } = useChat();
  return (
    <nav className="thread-list" aria-label="Threads">
      <div className="panel-head">
        <span className="logo" aria-hidden />
        <strong className="grow">{title}</strong>
        <IconButton className="only-narrow" icon={PanelLeftClose} label="Close the list of threads" onClick={onClose} />
      </div>
      <Button
        className="new-thread"
        icon={MessageSquarePlus}
        onClick={() => {
          client.newThread();
          onClose();
        }}
      >
        New thread
      </Button>
      {threadsLoading === 'failed' && <p className="muted small pad">The list could not be loaded.</p>}
      {threadsLoading === 'ready' && threads.length === 0 && <p className="muted small pad">No threads yet.</p>}
      <ul>
        {threads.map((thread) => (
          <ThreadRow key={thread.id} thread={thread} current={thread.id === threadId} onOpen={onClose} />
        ))}
      </ul>
      {hasMoreThreads && (
        <Button look="plain" onClick={() => void client.loadMoreThreads()}>
          More threads
        </Button>
      )}
    </nav>
  );
}

const nameOf = ({ title }: ThreadInfo) => title ?? 'Untitled thread';

interface ThreadRowProps {
  thread: ThreadInfo;
  current: boolean;
  onOpen: () => void;
}

function ThreadRow({ thread, current, onOpen }: ThreadRowProps) {
  const { client } = usePlayground();
  const [dialog, setDialog] = useState<'rename' | 'delete'>();
  const name = nameOf(thread);
  return (
    <li className="thread-row" data-current={current}>
      <button
        type="button"
        className="thread-open"
        aria-current={current ? 'true' : undefined}
        onClick={() => {
          void client.openThread(thread.id);
          onOpen();
        }}
      >
        {name}
      </button>
      <span className="thread-tools">
        <IconButton icon={Pencil} size={14} label={`Rename ${name}`} onClick={() => setDialog('rename')} />
        <IconButton icon={Trash2} size={14} label={`Delete ${name}`} onClick={() => setDialog('delete')} />
      </span>
      {dialog === 'rename' && <RenameDialog thread={thread} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && (
        <Dialog title="Delete this thread?" onClose={() => setDialog(undefined)}>
          <p className="muted">“{name}” and everything in it is deleted.</p>
          <div className="row end">
            <Button onClick={() => setDialog(undefined)}>Keep it</Button>
            <Button
              look="danger"
              onClick={() => {
                setDialog(undefined);
                void client.deleteThread(thread.id);
              }}
            >
              Delete
            </Button>
          </div>
        </Dialog>
      )}
    </li>
  );
}

function RenameDialog({ thread, onClose }: { thread: ThreadInfo; onClose: () => void }) {
  const { client } = usePlayground();
  const [title, setTitle] = useState(thread.title ?? '');
  return (
    <Dialog title="Rename the thread" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          void client.renameThread(thread.id, title);
        }}
      >
        <label className="field">
          Title
          <input value={title} onChange={({ target }) => setTitle(target.value)} autoFocus />
        </label>
        <div className="row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
