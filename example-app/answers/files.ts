// Files: lists the files of a message. A real assistant passes them to its model, as docs/attachments.md describes.
import { finished } from 'node:stream/promises';
import type { Attachment, HookEvents } from 'chatkit-express';
import type { MessageTurn } from '../demo-turn';
import { say } from '../say';

const firstWords = 12;

export async function* files(turn: MessageTurn): HookEvents {
  const lines: string[] = [];
  for (const attachment of turn.input.attachments) lines.push(`- ${await describe(turn, attachment)}`);
  yield* say(turn, `You sent ${lines.length === 1 ? 'a file' : `${lines.length} files`}:\n\n${lines.join('\n')}`);
}

/** Reads the whole file, a piece at a time, and keeps its beginning only. */
async function describe({ attachments }: MessageTurn, attachment: Attachment): Promise<string> {
  const { name, mime_type } = attachment;
  let size = 0;
  let beginning = Buffer.alloc(0);
  const bytes = await attachments.read(attachment);
  bytes.on('data', (piece: Buffer) => {
    size += piece.length;
    if (beginning.length < 1000) beginning = Buffer.concat([beginning, piece.subarray(0, 1000)]);
  });
  await finished(bytes);
  const about = `**${name}** is ${attachment.type === 'image' ? 'an image' : 'a file'} of the type \`${mime_type}\``;
  const description = `${about} and has ${size.toLocaleString('en-US')} bytes`;
  if (!mime_type.startsWith('text/')) return `${description}.`;
  const words = beginning.toString().split(/\s+/).filter(Boolean).slice(0, firstWords);
  return `${description}. It begins: “${words.join(' ')}”`;
}
