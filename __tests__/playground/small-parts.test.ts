// Addresses that are safe, commands that a shell takes, headers that are headers.
import { execFileSync } from 'node:child_process';
import { curlOf } from '../../playground/src/protocol/curl';
import { escapeHtml } from '../../playground/src/sanitize/escape';
import { safeUrl } from '../../playground/src/sanitize/safe-url';
import { jsonExchange } from './exchanges';

describe('safeUrl', () => {
  it.each([
    ['https://a.test/x?y#z', 'https://a.test/x?y#z'],
    ['HTTP://A.test', 'http://a.test/'],
    ['mailto:ada@a.test', 'mailto:ada@a.test'],
    ['/relative', 'http://localhost/relative'],
    ['javascript:alert(1)', undefined],
    [' java\nscript:alert(1)', undefined],
    ['JaVaScRiPt:alert(1)', undefined],
    ['\u0001javascript:alert(1)', undefined],
    ['vbscript:x', undefined],
    ['data:text/html,<script>alert(1)</script>', undefined],
    ['data:image/png;base64,AAAA', undefined],
    ['blob:http://localhost/1', undefined],
    ['file:///etc/passwd', undefined],
    ['http://', undefined],
    [undefined, undefined],
    [7, undefined],
  ])('makes of the link %j: %j', (url, safe) => {
    expect(safeUrl(url)).toBe(safe);
  });

  it.each([
    ['https://a.test/i.png', 'https://a.test/i.png'],
    ['data:image/png;base64,AAAA', 'data:image/png;base64,AAAA'],
    ['data:text/html,x', undefined],
    ['mailto:ada@a.test', undefined],
    ['javascript:alert(1)', undefined],
  ])('makes of the image %j: %j', (url, safe) => {
    expect(safeUrl(url, 'image')).toBe(safe);
  });
});

it('escapes what means something in HTML', () => {
  expect(escapeHtml(`<a href="x" title='y'>&</a>`)).toBe(
    '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;',
  );
});

describe('curlOf', () => {
  /** The words that a shell makes of a command. */
  const words = (command: string) =>
    execFileSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }; ${command}`], { encoding: 'utf8' })
      .split('\n')
      .slice(0, -1);

  it('is taken by a shell as it is meant, whatever is in it', () => {
    const body = `{"text":"it's $HOME, \`ls\` and \\"quotes\\""}`;
    const exchange = jsonExchange('threads.list', {}, { kind: 'stream', url: '/chatkit', requestBody: body });
    expect(words(curlOf(exchange, 'http://localhost:3000/playground/'))).toEqual([
      '-sN',
      'http://localhost:3000/chatkit',
      '-H',
      'content-type: application/json',
      '--data-raw',
      body,
    ]);
  });

  it.each([
    ['POST', ['-F', 'file=@FILE']],
    ['PUT', ['-X', 'PUT', '--data-binary', '@FILE']],
  ])('names a file for an upload by %s', (method, expected) => {
    const exchange = jsonExchange('upload', {}, { kind: 'upload', method, requestHeaders: {} });
    expect(words(curlOf(exchange, 'http://localhost/'))).toEqual(['-s', 'http://chat.test/chatkit', ...expected]);
  });
});
