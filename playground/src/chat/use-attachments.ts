// The files of the composer: uploading, uploaded or failed.
import { useEffect, useRef, useState } from 'react';
import { usePlayground } from '../page/playground';
import { requestSettings } from '../page/settings';
import type { Attachment } from '../protocol/wire';

export interface Draft {
  key: number;
  file: File;
  /** A preview, for an image. */
  preview?: string;
  /** From 0 to 1. */
  progress: number;
  /** Set once the file is uploaded. */
  attachment?: Attachment;
  failure?: string;
}

export interface Attachments {
  drafts: readonly Draft[];
  add: (files: Iterable<File>) => void;
  remove: (key: number) => void;
  tryAgain: (key: number) => void;
  /** Empties the composer and returns the ids of what is there, and what puts it back if the message is refused. */
  take: () => { ids: string[]; putBack: () => void };
}

export function useAttachments(): Attachments {
  const { client } = usePlayground();
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  const lastKey = useRef(0);
  const change = (key: number, changes: Partial<Draft>) =>
    setDrafts((before) => before.map((draft) => (draft.key === key ? { ...draft, ...changes } : draft)));
  const { start, stop } = useUploads(change);

  return {
    drafts,
    add(files) {
      for (const file of files) {
        const key = ++lastKey.current;
        const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : undefined;
        setDrafts((before) => [...before, { key, file, preview, progress: 0 }]);
        start(key, file);
      }
    },
    remove(key) {
      stop(key);
      const draft = drafts.find((candidate) => candidate.key === key);
      if (draft?.preview) URL.revokeObjectURL(draft.preview);
      setDrafts((before) => before.filter((candidate) => candidate.key !== key));
      if (draft?.attachment) void client.deleteAttachment(draft.attachment.id);
    },
    tryAgain(key) {
      const draft = drafts.find((candidate) => candidate.key === key);
      change(key, { failure: undefined, progress: 0 });
      if (draft) start(key, draft.file);
    },
    take() {
      const taken = drafts;
      setDrafts([]);
      return {
        ids: taken.flatMap(({ attachment }) => (attachment ? [attachment.id] : [])),
        putBack: () => setDrafts((since) => [...taken, ...since]),
      };
    },
  };
}

/** Starts and stops the uploads of the drafts, and reports their progress. */
function useUploads(change: (key: number, changes: Partial<Draft>) => void) {
  const { config, upload } = usePlayground();
  const controllers = useRef(new Map<number, AbortController>());
  useEffect(() => {
    const open = controllers.current;
    return () => {
      for (const controller of open.values()) controller.abort();
    };
  }, []);

  const start = (key: number, file: File) => {
    const uploads = config.uploads || {};
    const strategy = requestSettings.get().uploadStrategy ?? uploads.strategy ?? 'two_phase';
    if (uploads.maxBytes !== undefined && file.size > uploads.maxBytes) {
      change(key, { failure: `Larger than ${uploads.maxBytes.toLocaleString('en-US')} bytes` });
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    controllers.current.set(key, controller);
    upload(file, { strategy, signal, onProgress: (progress) => change(key, { progress }) })
      .then(
        (attachment) => change(key, { attachment, progress: 1 }),
        (error: unknown) => {
          if (!signal.aborted) change(key, { failure: error instanceof Error ? error.message : String(error) });
        },
      )
      .finally(() => controllers.current.delete(key));
  };
  return { start, stop: (key: number) => controllers.current.get(key)?.abort() };
}
