// The Express app: the ChatKit endpoint at /chatkit and the page at /. server.ts starts it.
import { type AttachmentStore, chatkitMiddleware, type Logger, type Store } from 'chatkit-express';
import express from 'express';
import { answers } from './answers';
import { action, addFeedback, respond, syncAction, transcribe } from './assistant';
import type { DemoContext } from './demo-turn';
import { giveSession, userOf } from './session';

export interface AppOptions {
  /** Where the threads are kept: store.ts opens one. */
  store: Store<DemoContext>;
  /** Where the files that users send are kept: store.ts makes one. */
  attachmentStore: AttachmentStore<DemoContext>;
  /** Where the files of the page are. */
  pageFolder: string;
  /** How long the assistant waits between two words, in milliseconds. Default 20. */
  pauseMs?: number;
  /** Default: warnings and errors on the console. */
  logger?: Logger;
}

/** The app, and the middleware in it: its `close()` ends the open streams. */
export function createApp({ store, attachmentStore, pageFolder, pauseMs = 20, logger }: AppOptions) {
  const chatkit = chatkitMiddleware<DemoContext>({
    store,
    attachmentStore,
    // A file that was taken out of the composer again goes after a day.
    uploads: { maxBytes: 20 * 1024 * 1024, sweepEveryMs: 60 * 60 * 1000 },
    context: (request) => ({ userId: userOf(request), pauseMs }),
    respond,
    action,
    syncAction,
    addFeedback,
    transcribe,
    cors: false, // the page comes from this server: no other page has to get in
    logger,
  });

  const app = express();
  app.use('/chatkit', chatkit);
  app.get('/keywords', (_request, response) => {
    response.json(answers.map(({ keyword, about, icon }) => ({ keyword, about, icon })));
  });
  app.use(giveSession, express.static(pageFolder));
  return { app, chatkit };
}
