// How the page is served: where, under which policy, and how large it is.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { chatkitPlayground, type PlaygroundOptions } from 'chatkit-express/playground';
import express from 'express';
import request from 'supertest';
import { compressedFiles } from '../../src/playground/compressed-files';
import { RecordingLogger } from '../support/recording-logger';

const folder = join(__dirname, '../../dist/playground/static');
const files = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());

type Express = typeof express;
type Playground = typeof import('chatkit-express/playground');

/** Express, and the playground built on the same one. */
function versionOf(version: 4 | 5) {
  if (version === 5) return { create: express, playground: chatkitPlayground };
  let loaded: { create: Express; playground: typeof chatkitPlayground } | undefined;
  jest.isolateModules(() => {
    jest.doMock('express', () => jest.requireActual<object>('express4'));
    const { chatkitPlayground: playground } = jest.requireActual<Playground>('../../src/playground');
    loaded = { create: jest.requireActual<Express>('express4'), playground };
    jest.dontMock('express');
  });
  return loaded!;
}

const at = (path: string, options: Partial<PlaygroundOptions> = {}, version: 4 | 5 = 5) => {
  const { create, playground } = versionOf(version);
  const app = create();
  app.use(path, playground({ url: '/chatkit', ...options }));
  return app;
};
const policyOf = async (options: Partial<PlaygroundOptions> = {}) => {
  const { headers } = await request(at('/', options)).get('/');
  const directives = headers['content-security-policy']!.split('; ');
  return Object.fromEntries(directives.map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)]));
};

describe.each([4, 5] as const)('on Express %i', (version) => {
  it.each(['/', '/playground/', '/a/b/c/'])('the page is at %s', async (path) => {
    const response = await request(at(path, {}, version)).get(path);
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/html/),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    for (const [, address] of response.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const file = await request(at(path, {}, version)).get(join(path, address!));
      expect(file.status).toBe(200);
      expect(file.headers['x-content-type-options']).toBe('nosniff');
      const cached = address!.startsWith('./assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      expect(file.headers['cache-control']).toBe(cached);
    }
  });

  it.each([
    ['/playground', './playground/'],
    ['/a/b?x=1&y=2', './b/?x=1&y=2'],
  ])('%s leads to the page by an address that is relative', async (path, location) => {
    const response = await request(at(path.split('?')[0]!, {}, version)).get(path);
    expect([response.status, response.headers['location']]).toEqual([302, location]);
  });

  describe('a file that is stored compressed', () => {
    const name = files().find((file) => file.endsWith('.js.br'))!;
    const path = `/p/${name.slice(0, -'.br'.length).replaceAll('\\', '/')}`;
    const text = brotliDecompressSync(readFileSync(join(folder, name))).toString();
    /** Asks without the decompression of the test's client. */
    const get = (encodings: string, more = {}, query = '') =>
      request(at('/p', {}, version))
        .get(path + query)
        .set({ 'accept-encoding': encodings, ...more })
        .buffer(true)
        .parse((response, done) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => done(null, Buffer.concat(chunks)));
        });

    it.each(['br', 'gzip, deflate, br, zstd', '*'])(
      'is sent as it is to a client that accepts %j',
      async (encodings) => {
        const { status, headers } = await get(encodings);
        expect([status, headers['content-encoding'], headers['vary']]).toEqual([200, 'br', 'Accept-Encoding']);
        expect(headers['content-type']).toMatch(/javascript/);
        expect(Number(headers['content-length'])).toBe(statSync(join(folder, name)).size);
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'cache-control': 'public, max-age=31536000, immutable',
        });
      },
    );

    it.each(['', 'gzip, deflate', 'br;q=0', 'identity'])(
      'is decompressed for one that accepts %j',
      async (encodings) => {
        const app = get(encodings);
        const { status, headers, body } = await app;
        expect([status, headers['content-encoding'], headers['vary']]).toEqual([200, undefined, 'Accept-Encoding']);
        expect(headers['content-type']).toMatch(/javascript/);
        expect((body as Buffer).toString()).toBe(text);
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'content-security-policy': expect.stringContaining("script-src 'self'"),
          'cache-control': 'public, max-age=31536000, immutable',
        });
      },
    );

    it.each(['br', 'identity'])('is found with a query behind its path (%s)', async (encodings) => {
      const { status, headers } = await get(encodings, {}, '?v=1');
      expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/javascript/)]);
    });

    it.each(['br', 'identity'])('has an ETag (%s)', async (encodings) => {
      const { headers } = await get(encodings);
      const again = await get(encodings, { 'if-none-match': headers['etag'] });
      expect([again.status, (again.body as Buffer).length]).toEqual([304, 0]);
      const head = await request(at('/p', {}, version))
        .head(path)
        .set('accept-encoding', encodings);
      expect([head.status, head.headers['content-length']]).toEqual([200, headers['content-length']]);
    });
  });

  it('leaves what it does not have to the app', async () => {
    const app = at('/', {}, version);
    app.use((_request, response) => void response.status(418).end());
    for (const path of ['/nothing', '/assets/nothing.js', '/../package.json', '/%2e%2e/router.js']) {
      expect((await request(app).get(path)).status).toBe(418);
    }
    expect((await request(app).post('/')).status).toBe(418);
  });

  it('tells the page its options, and nothing that is not for it', async () => {
    const logger = new RecordingLogger();
    const options = { title: 'Mine', uploadOrigins: ['https://bucket.test'], logger };
    const response = await request(at('/p', options, version)).get('/p/config.json');
    expect(response.body).toEqual({ url: '/chatkit', title: 'Mine' });
    expect(response.headers['cache-control']).toBe('no-store');
  });
});

describe('the policy', () => {
  it('allows the page’s own script and style, and nothing inline or from elsewhere', async () => {
    const policy = await policyOf();
    expect(policy).toMatchObject({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'self'"],
    });
    expect(JSON.stringify(policy)).not.toContain('unsafe');
  });

  it('lets the page reach the endpoint, the places for uploads and images', async () => {
    const policy = await policyOf({
      url: 'https://api.test/chatkit',
      uploadOrigins: ['http://localhost:9000/bucket'],
      imageOrigins: ['http://images.test'],
    });
    expect(policy['connect-src']).toEqual(["'self'", 'https://api.test', 'http://localhost:9000']);
    expect(policy['img-src']).toEqual(
      expect.arrayContaining(['http://localhost:9000', 'http://images.test', 'https:']),
    );
  });

  it.each([
    ['uploadOrigins', 'bucket.test'],
    ['imageOrigins', "https://a.test; script-src 'unsafe-inline'"],
    ['imageOrigins', 'data:image/png,x'],
  ])('takes in %s no %j', (option, origin) => {
    const build = () => chatkitPlayground({ url: '/chatkit', [option]: [origin] });
    expect(build).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(option) }),
    );
  });
});

it.each([undefined, '', 7])('wants a url, and %j is none', (url) => {
  expect(() => chatkitPlayground({ url } as never)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('url') }),
  );
});

describe('in production', () => {
  const { NODE_ENV } = process.env;
  afterEach(() => void (process.env['NODE_ENV'] = NODE_ENV));

  it('says that it is there, once', async () => {
    process.env['NODE_ENV'] = 'production';
    const logger = new RecordingLogger();
    const app = at('/', { logger });
    await request(app).get('/');
    await request(app).get('/');
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        fields: { url: '/chatkit' },
        message: 'the playground is mounted in production: whoever reaches it can use it',
      },
    ]);
  });

  it.each(['development', 'test', ''])('says nothing where NODE_ENV is %j', (environment) => {
    process.env['NODE_ENV'] = environment;
    const logger = new RecordingLogger();
    at('/', { logger });
    expect(logger.lines).toEqual([]);
  });
});

it('reports a stored file that is damaged, and sends nothing of it', async () => {
  const damaged = mkdtempSync(join(tmpdir(), 'chatkit-express-'));
  try {
    mkdirSync(join(damaged, 'assets'));
    cpSync(join(folder, 'index.html'), join(damaged, 'index.html'));
    writeFileSync(join(damaged, 'assets', 'page.js.br'), 'not compressed');
    const app = express();
    app.use(compressedFiles(damaged, () => undefined));
    const failures: unknown[] = [];
    const report: express.ErrorRequestHandler = (error: Error, _request, response, _next) => {
      failures.push(error.message);
      response.status(500).end();
    };
    app.use(report);
    for (let time = 1; time <= 2; time++) {
      const response = await request(app).get('/assets/page.js').set('accept-encoding', 'identity');
      expect([response.status, response.text]).toEqual([500, '']);
    }
    expect(failures).toEqual([expect.any(String), expect.any(String)]);
  } finally {
    rmSync(damaged, { recursive: true });
  }
});

describe('the files', () => {
  it('are less than 100 kB, all together', () => {
    const sizes = files().map((name) => statSync(join(folder, name)).size);
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
  });

  it('load nothing from elsewhere', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)).toEqual(
      expect.not.arrayContaining([expect.not.stringMatching(/^\.\//)]),
    );
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/\son\w+=|style=/);
    const styles = files().filter((file) => file.endsWith('.css.br'));
    expect(styles.length).toBeGreaterThan(0);
    for (const name of styles) {
      expect(brotliDecompressSync(readFileSync(join(folder, name))).toString()).not.toMatch(
        /@import|url\(["']?(?!\.\/|\/?data:)[a-z]+:/,
      );
    }
  });
});
