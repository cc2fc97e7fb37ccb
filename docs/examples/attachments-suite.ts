import { attachmentSuite } from 'chatkit-express/testing';
import { test } from 'node:test';
import { MapAttachmentStore } from './attachments-store';

attachmentSuite({
  name: 'MapAttachmentStore',
  create: () => new MapAttachmentStore(),
  test: (name, run, timeout) => test(name, { timeout }, run),
});
