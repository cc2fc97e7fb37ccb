import type { HookEventInput, RespondTurn } from 'chatkit-express';

/** Builds the model's input from the user's text and attachments. */
export async function* respond({ input, attachments }: RespondTurn<unknown>): AsyncGenerator<HookEventInput> {
  // #region content
  const content: object[] = [];
  for (const part of input?.content ?? []) content.push({ type: 'input_text', text: part.text });
  for (const attachment of input?.attachments ?? []) {
    const { type, name } = attachment;
    if (type === 'image') content.push({ type: 'input_image', image_url: await attachments.toDataUrl(attachment) });
    else content.push({ type: 'input_file', filename: name, file_data: await attachments.toDataUrl(attachment) });
  }
  // #endregion
  yield { type: 'notice', level: 'info', message: `The model is asked with ${content.length} parts` };
}
