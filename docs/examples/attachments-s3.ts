import { S3Client } from '@aws-sdk/client-s3';
import express from 'express';
import { chatkitMiddleware, type RespondTurn, type Store } from 'chatkit-express';
import { S3AttachmentStore } from 'chatkit-express/s3';

interface User {
  userId: string;
}

declare const store: Store<User>;
declare const respond: (turn: RespondTurn<User>) => AsyncIterable<never>;
declare const context: () => User;

export function aws() {
  // #region aws
  const attachmentStore = new S3AttachmentStore<User>({
    client: new S3Client({ region: 'eu-central-1' }),
    bucket: 'my-chat-files',
    prefix: 'chatkit/attachments',
    owner: ({ userId }) => userId,
  });

  const app = express();
  app.use(
    '/chatkit',
    chatkitMiddleware({
      store,
      respond,
      context,
      attachmentStore,
      uploads: { maxBytes: 50 * 1024 * 1024, accept: ['image/*', 'application/pdf'], sweepEveryMs: 60 * 60 * 1000 },
    }),
  );
  // #endregion
  return app;
}

export function minio() {
  // #region endpoint
  const config = {
    region: 'us-east-1',
    forcePathStyle: true, // https://host/bucket/key instead of https://bucket.host/key
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
  const attachmentStore = new S3AttachmentStore<User>({
    client: new S3Client({ ...config, endpoint: 'http://minio:9000' }),
    publicClient: new S3Client({ ...config, endpoint: 'https://files.example.com' }),
    bucket: 'my-chat-files',
    owner: ({ userId }) => userId,
  });
  // #endregion
  return attachmentStore;
}
