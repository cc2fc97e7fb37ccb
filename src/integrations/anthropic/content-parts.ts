// Parts of messages as blocks of the Messages API.
import { firstCharacters } from '../../answers/title';
import { wellFormed } from '../../answers/whole-characters';
import type { InputContent, InputFile, InputImage } from '../openai/input-types';
import type { AnyBlock } from './message-list';

/** Returns the block of a part. A part that the API has no block for becomes a text that names the part. */
export function blockOf(part: InputContent): AnyBlock {
  switch (part.type) {
    case 'input_text':
      return text(part.text);
    case 'input_image':
      return imageOf(part);
    case 'input_file':
      return documentOf(part);
    default:
      return text(`[A part of the type ${String((part as { type: unknown }).type)} cannot be read]`);
  }
}

const text = (given: string): AnyBlock => ({ type: 'text', text: given });

function imageOf({ image_url: url, file_id: fileId }: InputImage): AnyBlock {
  const source = fileId !== undefined ? { type: 'file', file_id: fileId } : url === undefined ? null : imageSource(url);
  return source ? { type: 'image', source } : text('[An image that cannot be read]');
}

function imageSource(url: string): object | null {
  if (/^https?:\/\//i.test(url)) return { type: 'url', url };
  const data = dataOf(url);
  const type = data && imageTypeOf(data.base64());
  return data && type !== undefined ? { type: 'base64', media_type: type, data: data.base64() } : null;
}

function documentOf({ filename, file_data: data, file_url: url, file_id: fileId }: InputFile): AnyBlock {
  const title = titleOf(filename);
  const named = (source: object): AnyBlock => ({ type: 'document', source, ...(title !== undefined && { title }) });
  if (fileId !== undefined) return named({ type: 'file', file_id: fileId });
  if (url !== undefined && /^https?:\/\//i.test(url)) return named({ type: 'url', url });
  const content = data === undefined ? null : dataOf(data);
  if (content?.type === 'application/pdf' && content.base64() !== '') {
    return named({ type: 'base64', media_type: 'application/pdf', data: content.base64() });
  }
  if (content?.type.startsWith('text/')) {
    const plain = wellFormed(content.text());
    if (plain.trim() !== '') return named({ type: 'text', media_type: 'text/plain', data: plain });
  }
  const type = content && content.type !== '' ? ` (${content.type})` : '';
  return text(`[The user attached a file that cannot be read: ${title ?? 'without a name'}${type}]`);
}

/** The API refuses an empty title and a long title. */
function titleOf(filename: string | undefined): string | undefined {
  const title = firstCharacters(wellFormed(filename ?? '').trim(), 200).slice(0, 450);
  return title === '' ? undefined : wellFormed(title);
}

/** Reads a data URL; null for another URL. */
function dataOf(url: string): { type: string; base64: () => string; text: () => string } | null {
  const comma = url.indexOf(',');
  if (!/^data:/i.test(url) || comma < 0) return null;
  const head = url.slice('data:'.length, comma);
  const body = url.slice(comma + 1);
  const type = (head.split(';', 1)[0] ?? '').trim().toLowerCase();
  const isBase64 = /;\s*base64\s*$/i.test(head);
  return {
    type,
    base64: () => (isBase64 ? body : Buffer.from(decoded(body)).toString('base64')),
    text: () => (isBase64 ? Buffer.from(body, 'base64').toString() : decoded(body)),
  };
}

function decoded(body: string): string {
  try {
    return decodeURIComponent(body);
  } catch {
    return body;
  }
}

/** Reads the type from the first bytes, because the API refuses an image whose type is wrong. */
function imageTypeOf(base64: string): string | undefined {
  const start = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1');
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(start)) return 'image/gif';
  return /^RIFF.{4}WEBP/s.test(start) ? 'image/webp' : undefined;
}
