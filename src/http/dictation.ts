// The route that takes a recording as a form, for a voice button of the page's own: POST /transcribe.
import type { Request, Response } from 'express';
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import { checkHook, tooMuchAudio, transcribeAudio } from '../operations/dictation';
import type { IncomingFile } from '../uploads/receive';
import { sendJson } from './json';
import { contentLength, formBytes, readForm } from './upload';

/** Takes the recording in the field `file`, and answers `{ text }`. The context says who speaks. */
export async function takeDictation<TContext>(
  request: Request,
  response: Response,
  options: ResolvedOptions<TContext>,
): Promise<void> {
  const context = options.context ? await options.context(request, response) : ({} as TContext);
  checkHook(options);
  if (contentLength(request, 0) > options.maxAudioBytes + formBytes) throw tooMuchAudio(options);
  const { data, mimeType } = await readForm(request, response, {
    receive: (file) => hear(file, options),
    undo: async () => undefined,
  });
  if (data.length === 0) throw new ChatKitError('invalid_request', 'file: it is empty');
  sendJson(response, 200, await transcribeAudio(data, mimeType, { options, context }));
}

/** The recording, in memory: speech models take it whole. Stops at the limit. */
async function hear<TContext>({ source, mimeType, signal }: IncomingFile, options: ResolvedOptions<TContext>) {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    const leave = () => reject(signal.reason as Error);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    source.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > options.maxAudioBytes) reject(tooMuchAudio(options));
      else chunks.push(chunk);
    });
    source.once('end', resolve).once('error', reject);
  });
  return { data: Buffer.concat(chunks), mimeType };
}
