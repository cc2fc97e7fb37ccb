// Files by their bytes, and the second request without a file that a provider refuses.
import { type Attachment, MemoryStore } from 'chatkit-express';
import { type FileForm, type InputContent, retryByName, ThreadItemConverter } from 'chatkit-express/openai';
import { ada, type Context } from '../../support/core';
import { createdAt } from '../../support/items';
import { RecordingLogger } from '../../support/recording-logger';

const file = (name: string, mime_type: string): Attachment => ({ type: 'file', id: `atc_${name}`, name, mime_type });
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const jpeg = Buffer.from('ffd8ffe000104a46494600', 'hex');
const webp = Buffer.concat([Buffer.from('RIFF'), Buffer.from([9, 0, 0, 0]), Buffer.from('WEBPVP8 ')]);
const gif = Buffer.from('GIF89a\x01\x00\x01\x00', 'latin1');
const pdf = Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00', 'latin1');
const zip = Buffer.from('PK\x03\x04\x14\x00\x06\x00', 'latin1');
const heic = Buffer.from('\x00\x00\x00\x18ftypheic\x00\x00', 'latin1');
const mpegTs = Buffer.from([0x47, 0x40, 0x00, 0x10, 0x00, 0x00, 0xb0, 0x0d, 0xff]);

async function sent(bytes: Buffer, attachment: Attachment, files?: () => FileForm | undefined) {
  const logger = new RecordingLogger();
  const attachments = {
    toDataUrl: async ({ mime_type }: Attachment) => `data:${mime_type};base64,${bytes.toString('base64')}`,
  };
  const content = await new ThreadItemConverter({ attachments, logger, files }).attachmentToContent(attachment);
  return { content: content as InputContent, warnings: logger.take('warn') };
}
const textIn = (content: InputContent) =>
  'text' in content ? /^<Attachment name="[^]*?">\n([^]*)\n<\/Attachment>$/.exec(content.text)?.[1] : undefined;

test.each<[string, Attachment, Buffer, string]>([
  ['S27: a program said to be a video', file('app.ts', 'video/mp2t'), Buffer.from('const a = 1;\n'), 'const a = 1;\n'],
  ['S28: notes without a type', file('notes.md', ''), Buffer.from('# Grüße'), '# Grüße'],
  ['a program without a type', file('a.py', ''), Buffer.from('print(1)'), 'print(1)'],
  ['settings of an unknown type', file('a.toml', 'application/octet-stream'), Buffer.from('a = 1'), 'a = 1'],
  ['a script', file('a.sh', 'application/x-sh'), Buffer.from('#!/bin/sh\n\x1b[1m'), '#!/bin/sh\n\x1b[1m'],
  ['a table said to be of Excel', file('a.csv', 'application/vnd.ms-excel'), Buffer.from('a;b\r\n1;2'), 'a;b\r\n1;2'],
  [
    'S29: windows-1252',
    file('a.csv', 'text/csv'),
    Buffer.from('Name;M\xfcller;\x80 5\x96\x37', 'latin1'),
    'Name;Müller;€ 5–7',
  ],
  ['notes in windows-1252 without a type', file('a.md', ''), Buffer.from('# Gr\xfc\xdfe', 'latin1'), '# Grüße'],
  [
    'a table in windows-1252 said to be of Excel',
    file('a.csv', 'application/vnd.ms-excel'),
    Buffer.from('Nom;Pr\xe9nom\r\nZo\xeb;\x93ami\x94', 'latin1'),
    'Nom;Prénom\r\nZoë;“ami”',
  ],
  [
    'a letter in windows-1252 of an unknown type',
    file('a.txt', 'application/octet-stream'),
    Buffer.from('A\xf1o nuevo \x85', 'latin1'),
    'Año nuevo …',
  ],
  ['UTF-8 with a BOM', file('a.txt', 'text/plain'), Buffer.from('\ufeffGrüße'), 'Grüße'],
  ['UTF-16 with a BOM', file('a.txt', 'text/plain'), Buffer.from('\ufeffGrüße', 'utf16le'), 'Grüße'],
  ['UTF-16, the great end first', file('a.txt', ''), Buffer.from('\ufeffGrüße', 'utf16le').swap16(), 'Grüße'],
  ['a drawing in SVG', file('a.svg', 'image/svg+xml'), Buffer.from('<svg/>'), '<svg/>'],
  ['an empty file', file('a.txt', ''), Buffer.alloc(0), ''],
])('%s is sent as text', async (_what, attachment, bytes, text) => {
  const { content, warnings } = await sent(bytes, attachment);
  expect(textIn(content)).toBe(text);
  expect(warnings).toEqual([]);
});

test.each<[string, Buffer, string, string]>([
  ['PNG', png, 'image/png', 'image/png'],
  ['JPEG said to be a PNG', jpeg, 'image/png', 'image/jpeg'],
  ['WebP of an unknown type', webp, 'application/octet-stream', 'image/webp'],
  ['GIF without a type', gif, '', 'image/gif'],
])('an image is sent by the type of its bytes: %s', async (_what, bytes, given, type) => {
  const { content } = await sent(bytes, file('a', given));
  const image_url = `data:${type};base64,${bytes.toString('base64')}`;
  expect(content).toEqual({ type: 'input_image', detail: 'auto', image_url });
});

test.each(['application/pdf', 'application/octet-stream', ''])(
  'a PDF of the type %j is sent as a file',
  async (given) => {
    const { content } = await sent(pdf, file('a.pdf', given));
    const file_data = `data:application/pdf;base64,${pdf.toString('base64')}`;
    expect(content).toEqual({ type: 'input_file', filename: 'a.pdf', file_data });
  },
);

test.each<[string, Buffer, string]>([
  ['a document of Word', zip, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['a photo in HEIC', heic, 'image/heic'],
  ['a photo in HEIC said to be a PNG', heic, 'image/png'],
  ['a film', mpegTs, 'video/mp2t'],
  ['bytes said to be text', zip, 'text/plain'],
])('%s is sent by its name, with a warning', async (_what, bytes, given) => {
  const { content, warnings } = await sent(bytes, file('a.bin', given));
  expect(content).toMatchObject({ type: 'input_text', text: expect.stringContaining('a.bin') });
  expect(warnings).toMatchObject([{ fields: { attachment_id: 'atc_a.bin', mime_type: given } }]);
});

test.each<[FileForm | undefined, InputContent['type']]>([
  ['text', 'input_text'],
  ['image', 'input_image'],
  ['file', 'input_file'],
  ['name', 'input_text'],
  [undefined, 'input_text'],
])('the option `files` decides: %s', async (form, type) => {
  const { content, warnings } = await sent(zip, file('a.docx', 'x/y'), () => form);
  expect(content.type).toBe(type);
  expect(textIn(content) !== undefined).toBe(form === 'text');
  expect(warnings).toHaveLength(form === 'name' || form === undefined ? 1 : 0);
});

describe('a provider that refuses a file', () => {
  const given = [file('a.pdf', 'application/pdf'), file('b.png', 'image/png'), file('c.txt', 'text/plain')];
  const bytesOf: Record<string, Buffer> = { 'a.pdf': pdf, 'b.png': png, 'c.txt': Buffer.from('text') };
  const refusal = (message: string, status = 400) => Object.assign(new Error(message), { status });

  async function conversation() {
    const store = new MemoryStore<Context>();
    for (const attachment of given) await store.saveAttachment({ ...attachment, metadata: { mine: 1 } }, ada);
    const attachments = {
      toDataUrl: async ({ name, mime_type }: Attachment) =>
        `data:${mime_type};base64,${bytesOf[name]!.toString('base64')}`,
    };
    const logger = new RecordingLogger();
    const turn = { store, context: ada, logger, attachments } as unknown as Parameters<
      typeof retryByName<Context, string>
    >[0];
    const message = {
      type: 'user_message' as const,
      id: 'msg_1',
      thread_id: 'thr_1',
      created_at: createdAt,
      content: [],
      attachments: given,
      inference_options: {},
    };
    const asked: string[][] = [];
    /** Asks; the first requests are refused with these errors. */
    const ask = (...errors: Error[]) =>
      retryByName(turn, async (converter) => {
        const [first] = await converter.toResponseInput(message);
        const parts = first?.type === 'message' && typeof first.content !== 'string' ? first.content : [];
        asked.push(parts.map((part) => ('text' in part && part.text.startsWith('[') ? 'name' : part.type)));
        const error = errors.shift();
        if (error) throw error;
        return 'answer';
      });
    return { ask, asked, logger, store };
  }
  const whole = ['input_file', 'input_image', 'input_text'];

  test('that it names is asked again with that file by name, now and later', async () => {
    const { ask, asked, logger, store } = await conversation();
    expect(await ask(refusal('400 Invalid file a.pdf'))).toBe('answer');
    expect(await ask()).toBe('answer');
    expect(asked).toEqual([whole, ['name', 'input_image', 'input_text'], ['name', 'input_image', 'input_text']]);
    expect((await store.loadAttachment('atc_a.pdf', ada)).metadata).toEqual({ mine: 1, sent_to_model_as: 'name' });
    expect((await store.loadAttachment('atc_b.png', ada)).metadata).toEqual({ mine: 1 });
    expect(logger.take('warn')).toMatchObject([{ fields: { attachment_id: 'atc_a.pdf' } }]);
  });

  test.each([
    'unsupported input_file',
    'Invalid image_url',
    'The document could not be parsed',
    'model does not support multimodal input',
  ])('that it does not name (%s) is asked again with all files by name, and texts stay', async (message) => {
    const { ask, asked } = await conversation();
    await ask(refusal(message));
    expect(asked).toEqual([whole, ['name', 'name', 'input_text']]);
  });

  test('of a request that is too large is asked again with all files by name', async () => {
    const { ask, asked } = await conversation();
    await ask(refusal('Request exceeds the maximum size', 413));
    expect(asked).toEqual([whole, ['name', 'name', 'input_text']]);
  });

  test.each<[string, Error]>([
    ['is about something else', refusal('context_length_exceeded: shorten your profile')],
    ['has another status', refusal('Invalid file a.pdf', 500)],
    ['has no status', new Error('Invalid file a.pdf')],
  ])('is not asked again where the error %s', async (_what, error) => {
    const { ask, asked, store } = await conversation();
    await expect(ask(error)).rejects.toBe(error);
    expect(asked).toHaveLength(1);
    expect((await store.loadAttachment('atc_a.pdf', ada)).metadata).toEqual({ mine: 1 });
  });

  test('twice is an error', async () => {
    const { ask, asked } = await conversation();
    const second = refusal('still an invalid file');
    await expect(ask(refusal('invalid file'), second)).rejects.toBe(second);
    expect(asked).toHaveLength(2);
  });
});
