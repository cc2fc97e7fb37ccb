// The Express app: the ChatKit endpoint at /chatkit, the playground at / and the official element at /official. server.ts
// starts it.
import { type AttachmentStore, chatkitMiddleware, type Logger, type Store } from 'chatkit-express';
import { chatkitPlayground } from 'chatkit-express/playground';
import express from 'express';
import { answers } from './answers';
import { actions, addFeedback, respond, transcribe } from './assistant';
import type { DemoContext } from './demo-turn';
import { type Provider, publicPart } from './models/provider';
import { respondWith, transcribeBy } from './models/respond';
import { playgroundOptions } from './playground-options';
import { shortPause } from './say';
import { giveSession, userOf } from './session';

export interface AppOptions {
  /** Where the threads are kept: store.ts opens one. */
  store: Store<DemoContext>;
  /** Where the files that users send are kept: store.ts makes one. */
  attachmentStore: AttachmentStore<DemoContext>;
  /** Where the files of the page with the official element are. */
  pageFolder: string;
  /** The model that answers: models/provider.ts finds one. Default: none, and the assistant answers by keyword. */
  provider?: Provider | null;
  /** Waits between two words of the assistant. Default: for 35 ms, which leaves time to press Stop. */
  pause?: DemoContext['pause'];
  /** Default: warnings and errors on the console. */
  logger?: Logger;
}

/** The app, and the middleware in it: its `close()` ends the open streams. */
export function createApp({
  store,
  attachmentStore,
  pageFolder,
  provider = null,
  pause = shortPause,
  logger,
}: AppOptions) {
  const chatkit = chatkitMiddleware<DemoContext>({
    store,
    attachmentStore,
    // A file that was taken out of the composer again goes after a day.
    uploads: { maxBytes: 20 * 1024 * 1024, sweepEveryMs: 60 * 60 * 1000 },
    context: (request) => ({ userId: userOf(request), pause }),
    respond: provider ? respondWith(provider) : respond,
    actions,
    addFeedback,
    transcribe: (provider && transcribeBy(provider)) ?? transcribe,
    cors: false, // the page comes from this server: no other page has to get in
    exposeErrors: process.env['NODE_ENV'] !== 'production', // the playground shows why an answer failed
    logger,
  });

  const app = express();
  app.use('/chatkit', chatkit);
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', ...publicPart(provider) });
  });
  app.get('/keywords', giveSession, (_request, response) => {
    response.json(answers.map(({ keyword, about, icon }) => ({ keyword, about, icon })));
  });
  app.use(giveSession);
  app.use('/official', express.static(pageFolder));
  app.use(chatkitPlayground({ ...playgroundOptions(publicPart(provider)), logger }));
  return { app, chatkit };
}
