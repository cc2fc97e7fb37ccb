// docs/protocol.md can be followed: each of its commands, one after the other, is answered as the page says.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RequestSchema } from 'chatkit-express';
import { loadExample } from './load-example';
import { type Fence, fencesOf, readPage } from './markdown';

/** A command of the page, and the fences after it that say what comes back. */
interface Step {
  line: number;
  headers: Record<string, string>;
  body: string | undefined;
  answers: Fence[];
}

const fences = fencesOf(readPage('docs/protocol.md'));
const steps: Step[] = fences.flatMap((fence, index) => {
  if (fence.language !== 'sh' || !fence.code.startsWith('curl')) return [];
  const rest = fences.slice(index + 1);
  const length = rest.findIndex(({ language }) => !['json', 'text', 'http'].includes(language));
  const headers = [...fence.code.matchAll(/-H '([^:']+): ([^']+)'/g)].map((match) => [match[1]!, match[2]!]);
  expect(fence.code).toContain('http://localhost:3000/chatkit');
  return {
    line: fence.line,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: /-d '([^']*)'/.exec(fence.code)?.[1],
    answers: rest.slice(0, length),
  };
});

/** Times are the reader's own. */
const withoutTimes = (text: string) =>
  text
    .replace(/("created_at": ?)"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '$1"…"')
    .replace(/\?token=[\w.-]+/g, '?token=…') // it holds a time too
    .trim();

/** The lines of a stream, with the JSON in them parsed: the order of its keys says nothing. */
const linesOf = (text: string) =>
  withoutTimes(text)
    .split('\n')
    .map((line) => {
      const [, prefix, json] = /^(data: |)(\{.*)$/.exec(line) ?? [];
      return json === undefined ? line : [prefix, JSON.parse(json) as unknown];
    });

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(await loadExample('protocol-server'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/chatkit`;
  jest.spyOn(console, 'log').mockImplementation(() => undefined); // the example's feedback
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

it('has a command for every type of request', () => {
  const sent = steps.flatMap(({ body }) => (body === undefined ? [] : (JSON.parse(body) as { type: string }).type));
  const types = RequestSchema.options.map(({ shape }) => shape.type.value);
  expect(types.filter((type) => !sent.includes(type))).toEqual([]);
});

// In order: each step builds on those before it.
it.each(steps.map((step) => [step.line, step] as const))(
  'line %i is answered as the page says',
  async (_line, step) => {
    const { body, headers, answers } = step;
    const response = await fetch(url, body === undefined ? {} : { method: 'POST', headers, body });
    const text = await response.text();
    expect(answers.length).toBeGreaterThan(0);
    for (const { language, code } of answers) {
      if (language === 'json') {
        expect(JSON.parse(withoutTimes(text))).toEqual(JSON.parse(withoutTimes(code)));
        if (response.ok && body !== undefined) expect(RequestSchema.safeParse(JSON.parse(body)).error).toBeUndefined();
      } else if (language === 'text') expect(linesOf(text)).toEqual(linesOf(code));
      else {
        const [status, ...lines] = code.split('\n');
        expect(status).toBe(`HTTP/1.1 ${response.status} ${response.statusText}`);
        for (const line of lines) {
          const [name, value] = line.split(': ');
          expect(response.headers.get(name!)).toBe(value);
        }
      }
    }
  },
);
