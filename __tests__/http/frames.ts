// Frames of a stream, made and read without the code under test.

/** An event as Server-Sent Events carry it. */
export const frame = (event: unknown): string => `data: ${JSON.stringify(event)}\n\n`;

/** What most streams of a hook begin with, after the user's message. */
export const streamOptions = { type: 'stream_options', stream_options: { allow_cancel: true } };

/** The events of a whole stream. Fails on anything that is no frame: comments are not, either. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function framesOf(body: string): any[] {
  const frames = body.split('\n\n');
  expect(frames.pop()).toBe('');
  for (const text of frames) expect(text).toMatch(/^data: [{].*[}]$/s);
  return frames.map((text) => JSON.parse(text.slice('data: '.length)));
}
