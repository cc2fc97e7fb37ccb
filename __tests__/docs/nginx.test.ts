// The nginx files of docs/deployment.md, run by a real nginx on a port of their own: streams, uploads and previews.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment } from 'chatkit-express';
import { createThread } from '../support/requests';
import { findNginx, noNginx, type Nginx, startNginx } from '../support/nginx';
import { framesOf } from '../http/frames';
import { formOf, pdf, largePng as png, startUploads } from '../http/upload-endpoint';

const read = (name: string) => readFileSync(join(__dirname, '../../docs/examples', name), 'utf8');

const describeWithNginx = findNginx() ? describe : describe.skip;

describeWithNginx(`the docs' nginx${findNginx() ? '' : `: ${noNginx}`}`, () => {
  const running: Nginx[] = [];
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
  });

  /** The file of the docs, with the ports of this test and without a certificate, in front of an endpoint. */
  async function behindNginx(change: (configuration: string) => string = (same) => same) {
    const endpoint = await startUploads();
    endpoint.app.set('trust proxy', 1);
    const [, http] = /^http \{\n(.*)^\}/ms.exec(read('nginx.conf'))!;
    const nginx = await startNginx((port) =>
      change(
        http!
          .replace(/listen 443 .*/, `listen 127.0.0.1:${port};`)
          .replace(/ssl_certificate.*;/g, '')
          .replace('server 127.0.0.1:3000;', `server 127.0.0.1:${endpoint.port};`)
          .replace('    location / {', `${read('nginx-path.conf')}\n    location / {`),
      ),
    );
    running.push(nginx);
    return { endpoint, origin: nginx.origin };
  }

  /** Everything that has a URL of its own, as a page does it. */
  async function useFiles(url: string) {
    const ask = async (type: string, params: object) => {
      const headers = { 'content-type': 'application/json' };
      return fetch(url, { method: 'POST', headers, body: JSON.stringify({ type, params }) });
    };
    const form = await fetch(`${url}/upload`, { method: 'POST', body: formOf(png) });
    expect(form.status).toBe(200);
    const uploaded = (await form.json()) as Attachment & { preview_url: string };
    expect(uploaded.preview_url.startsWith(`${url}/attachments/`)).toBe(true);
    expect(Buffer.from(await (await fetch(uploaded.preview_url)).arrayBuffer()).equals(png)).toBe(true);

    const file = { name: 'a.pdf', size: pdf.length, mime_type: 'application/pdf' };
    const announced = (await (await ask('attachments.create', file)).json()) as Attachment;
    const { url: to, method } = announced.upload_descriptor!;
    expect(to.startsWith(`${url}/upload/`)).toBe(true);
    expect(
      (await fetch(to, { method, body: new Uint8Array(pdf), headers: { 'content-type': file.mime_type } })).status,
    ).toBe(200);

    const { input } = createThread('See', { attachments: [uploaded.id, announced.id] }).params;
    const events = framesOf(await (await ask('threads.create', { input })).text());
    expect(events.map(({ type }) => type as string)).toEqual(
      expect.arrayContaining(['thread.created', 'thread.item.done', 'stream_options']),
    );
    expect(events.find(({ type }) => type === 'thread.item.done')).toMatchObject({
      item: { attachments: [{ id: uploaded.id }, { id: announced.id }] },
    });
  }

  test('on another port than 80: uploads and previews work', async () => {
    const { endpoint, origin } = await behindNginx();
    await useFiles(`${origin}/chatkit`);
    expect(endpoint.logger.takeWarnings()).toEqual([]);
  });

  test('under another path: uploads and previews work', async () => {
    const { endpoint, origin } = await behindNginx();
    await useFiles(`${origin}/api/chatkit`);
    expect(endpoint.logger.takeWarnings()).toEqual([]);
  });

  test('with `$host`, which lacks the port, files lead nowhere, and the log says what to write', async () => {
    const { endpoint, origin } = await behindNginx((text) => text.replaceAll('$http_host', '$host'));
    const form = await fetch(`${origin}/chatkit/upload`, { method: 'POST', body: formOf(png), headers: { origin } });
    const { preview_url } = (await form.json()) as { preview_url: string };
    expect(preview_url.startsWith(origin)).toBe(false);
    expect(endpoint.logger.takeWarnings()).toMatchObject([
      { message: expect.stringContaining('`proxy_set_header Host $http_host;`') },
    ]);
  });
});
