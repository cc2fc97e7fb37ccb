// The shared suite on S3AttachmentStore, on a real server.
import { S3AttachmentStore } from 'chatkit-express/s3';
import { attachmentSuite, type SuiteUser } from 'chatkit-express/testing';
import { describeWithS3, type S3Server, startS3 } from '../support/s3-server';

describeWithS3('on a server', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  }, 120_000);
  afterAll(() => server?.stop());

  let count = 0;
  attachmentSuite({
    name: 'S3AttachmentStore',
    create: () =>
      new S3AttachmentStore<SuiteUser>({
        client: server.client(),
        bucket: server.bucket,
        prefix: `suite/${++count}`,
        owner: ({ userId }) => userId,
      }),
    async destroy() {
      expect(await server.unfinished()).toEqual([]);
    },
    test,
    expect,
  });
});
