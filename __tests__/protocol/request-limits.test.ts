// Every list, object and text of a request has a limit, found by walking the schema, and so has what is said of faults.
import * as fc from 'fast-check';
import { z } from 'zod';
import { ChatKitError, errorBody } from '../../src/errors';
import { parseRequest } from '../../src/operations/parse-request';
import { JsonObjectSchema, JsonSchema, RequestSchema } from '../../src/protocol';
import { requestBounds } from '../../src/protocol/bounds';
import { maxIdLength, maxTextLength } from '../../src/protocol/schema';
import { sized } from '../support/sizes';

type Schema = z.core.$ZodType;

/** The paths of texts, lists and objects without a limit, and how many were looked at. */
function unlimited(schema: Schema, path = 'request', seen = { texts: 0, lists: 0, records: 0 }): string[] {
  if (schema === JsonSchema || schema === JsonObjectSchema) return []; // limited with the request as a whole
  const { def } = schema._zod;
  const checks = (def.checks ?? []).map((check) => check._zod.def.check);
  const walk = (inner: unknown, name: string) => unlimited(inner as Schema, `${path}${name}`, seen);
  switch (def.type) {
    case 'string':
      seen.texts++;
      return checks.includes('max_length') ? [] : [path];
    case 'array': {
      seen.lists++;
      const { element } = def as z.core.$ZodArrayDef;
      const inner = element._zod.def.type === 'unknown' ? [] : walk(element, '[]');
      return checks.includes('max_length') ? inner : [path, ...inner];
    }
    case 'record':
      return [path]; // zod cannot limit one, so that a `boundedRecord` is needed
    case 'custom':
      seen.records++;
      return z.safeParse(schema, keys(200_000, 1)).success ? [path] : [];
    case 'object': {
      const { shape, catchall } = def as z.core.$ZodObjectDef;
      const rest = catchall ? walk(catchall, '.*') : [];
      return [...Object.entries(shape).flatMap(([key, value]) => walk(value, `.${key}`)), ...rest];
    }
    case 'union':
      return (def as z.core.$ZodUnionDef).options.flatMap((option) => walk(option, ''));
    case 'pipe':
      return [...walk((def as z.core.$ZodPipeDef).in, ''), ...walk((def as z.core.$ZodPipeDef).out, '')];
    case 'optional':
    case 'default':
      return walk((def as z.core.$ZodOptionalDef).innerType, '');
    case 'literal':
    case 'enum':
    case 'boolean':
    case 'int':
    case 'number':
    case 'transform':
      return [];
    default:
      return [`${path}: ${def.type}`]; // say here what limits it
  }
}

test('every text, list and object of a request has a limit', () => {
  const seen = { texts: 0, lists: 0, records: 0 };
  expect(unlimited(RequestSchema, 'request', seen)).toEqual([]);
  expect(seen.texts).toBeGreaterThan(20);
  expect(seen.lists).toBeGreaterThan(4);
  expect(seen.records).toBeGreaterThan(0);
});

test('the walk finds what has no limit', () => {
  const schema = z.object({
    a: z.string(),
    b: z.array(z.string().max(1)),
    c: z.record(z.string(), z.unknown()),
    d: z.any(),
  });
  expect(unlimited(schema)).toEqual(['request.a', 'request.b', 'request.c', 'request.d: any']);
});

const bounds = requestBounds({ maxBodyBytes: 1024 * 1024 });

function fault(request: unknown): ChatKitError {
  try {
    parseRequest(request, bounds);
  } catch (error) {
    return error as ChatKitError;
  }
  throw new Error('the request was not refused');
}

const message = (content: unknown[], attachments: unknown[] = []) => ({
  type: 'threads.create',
  params: { input: { content, attachments, inference_options: {} } },
});
const form = (answers: unknown) => ({
  type: 'threads.add_structured_input',
  params: { thread_id: 'thr_1', item_id: 'itm_1', input: { answers } },
});
const feedback = (item_ids: unknown[]) => ({
  type: 'items.feedback',
  params: { thread_id: 'thr_1', item_ids, kind: 'positive' },
});
const text = { type: 'input_text', text: 'Hello' };
const list = <T>(length: number, entry: T) => Array<T>(length).fill(entry);
const keys = <T>(length: number, value: T) =>
  Object.fromEntries(Array.from({ length }, (_, key) => [`q${key}`, value]));

describe('what is at the limit is taken, and what is above it is refused', () => {
  test.each<[string, unknown, unknown, string]>([
    ['parts', message(list(1_000, text)), message(list(1_001, text)), 'params.input.content'],
    ['attachments', message([text], list(100, 'a')), message([text], list(101, 'a')), 'params.input.attachments'],
    ['answers', form(keys(1_000, { values: ['a'] })), form(keys(1_001, { values: ['a'] })), 'params.input.answers'],
    [
      'values',
      form({ q: { values: list(1_000, 'a') } }),
      form({ q: { values: list(1_001, 'a') } }),
      'params.input.answers.q.values',
    ],
    ['ids', feedback(list(10_000, 'a')), feedback(list(10_001, 'a')), 'params.item_ids'],
    [
      'letters of an id',
      feedback(['a'.repeat(maxIdLength)]),
      feedback(['a'.repeat(maxIdLength + 1)]),
      'params.item_ids.0',
    ],
    [
      'letters of a question',
      form({ ['a'.repeat(maxIdLength)]: {} }),
      form({ ['a'.repeat(maxIdLength + 1)]: {} }),
      'params.input.answers',
    ],
  ])('%s', (_what, good, bad, path) => {
    expect(parseRequest(good, bounds)).toMatchObject({ type: (good as { type: string }).type });
    const { code, issues } = fault(bad);
    expect([code, issues?.[0]?.path.slice(0, 5).join('.')]).toEqual([
      'invalid_request',
      expect.stringMatching(`^${path}`),
    ]);
  });

  test('a text has the limit of a string, and no other', () => {
    expect(maxTextLength).toBeGreaterThan(500_000_000);
    expect(() => 'x'.repeat(maxTextLength)).not.toThrow();
    expect(parseRequest(message([{ ...text, text: 'x'.repeat(5_000_000) }]), bounds)).toBeDefined();
  });
});

describe('what is said of a fault', () => {
  test.each<[string, unknown, string]>([
    [
      'an unknown type',
      { type: 'threads.explode', params: {} },
      'type: received "threads.explode", which is not a type of request',
    ],
    ['no type', { params: {} }, 'type: received nothing, which is not a type of request'],
    [
      'a type that is not a text',
      { type: [1, 2], params: {} },
      'type: received a list of 2, which is not a type of request',
    ],
    [
      'a long type',
      { type: 'x'.repeat(1_000) },
      'type: received a text of 1000 characters, which is not a type of request',
    ],
    ['no object', null, 'Invalid input: expected object, received null'],
    [
      'a number for a text',
      { type: 'threads.get_by_id', params: { thread_id: 7 } },
      'params.thread_id: Invalid input: expected string, received number',
    ],
    [
      'a wrong order',
      { type: 'threads.list', params: { order: 'up' } },
      'params.order: Invalid option: expected one of "asc"|"desc", received "up"',
    ],
    [
      'a wrong limit',
      { type: 'threads.list', params: { limit: 0 } },
      'params.limit: Too small: expected number to be >=1, received 0',
    ],
    [
      'an empty id',
      { type: 'threads.get_by_id', params: { thread_id: '' } },
      'params.thread_id: Too small: expected string to have >=1 characters, received ""',
    ],
    [
      'a wrong part',
      message([{ type: 'input_image' }]),
      `params.input.content.0.type: Invalid discriminator value. Expected 'input_text' | 'input_tag', received "input_image"`,
    ],
    [
      'too many ids',
      feedback(list(10_001, 'a')),
      'params.item_ids: Too big: expected array to have <=10000 items, received a list of 10001',
    ],
    ['a list for an object', form([]), 'params.input.answers: Invalid input: expected object, received array'],
  ])('%s', (_what, request, expected) => {
    expect(fault(request).message).toBe(expected);
  });

  test.each<[string, unknown]>([
    ['values', form({ q: { values: list(1_000, 0) } })],
    ['values of many answers', form(keys(1_000, { values: list(90, 0) }))],
    ['too many values', form({ q: { values: list(90_000, 0) } })],
    ['answers', form(keys(1_000, 0))],
    ['parts', message(list(1_000, 0), list(100, 0))],
    ['ids', feedback(list(10_000, 0))],
    [
      'ids below long names',
      form(Object.fromEntries(Array.from({ length: 100 }, (_, key) => [`${'\u0001'.repeat(4_000)}${key}`, 0]))),
    ],
    ['the type, which is long', { type: '\u0001'.repeat(100_000) }],
  ])('has at most 20 issues and 10 KB for a thousand wrong %s', (_what, request) => {
    const error = fault(request);
    expect(error.issues!.length).toBeLessThanOrEqual(20);
    expect(error.issues!.length).toBeGreaterThan(0);
    expect(Buffer.byteLength(JSON.stringify(errorBody(error)))).toBeLessThanOrEqual(10_240);
  });

  test('has at most 10 KB, whatever an application puts into an error', () => {
    const property = fc.property(
      fc.string({ unit: 'binary', maxLength: 20_000 }),
      fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 5_000 }))),
      (words, paths) => {
        const error = new ChatKitError('conflict', words, { issues: paths.map((path) => ({ path, message: words })) });
        const body = errorBody(error);
        expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(10_240);
        if (words.length < 200) expect(body.message).toBe(words);
      },
    );
    fc.assert(property, { numRuns: sized(100, 2_000) });
  });
});
