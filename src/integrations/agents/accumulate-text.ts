// accumulateText(): what an agent says, as the states of a Text or Markdown component that grows.
import type { WidgetComponent } from '../../protocol';

/**
 * The states of `component` while a run's text grows in it: as it is given, with the text so far after each piece of it,
 * and at last all of it with `streaming: false`. For a tool that has another agent write into a widget:
 *
 * ```ts
 * async function* states() {
 *   const draft = { type: 'Markdown', id: 'draft', value: '', streaming: true };
 *   for await (const text of accumulateText(result, draft)) yield { type: 'Card', children: [text] };
 * }
 * await runContext.context.streamWidget(states());
 * ```
 *
 * @param run a streamed run of the Agents SDK, or its events. Only its text is read.
 * @param component a Text or Markdown. Give it an `id`, so that only what is new is sent.
 * @throws what the run throws.
 */
export async function* accumulateText<Component extends WidgetComponent>(
  run: AsyncIterable<unknown>,
  component: Component,
): AsyncGenerator<Component, void, undefined> {
  yield component;
  let value = '';
  for await (const event of run) {
    const { type, data } = (event ?? {}) as { type?: unknown; data?: { type?: unknown; delta?: unknown } };
    if (type !== 'raw_model_stream_event' || data?.type !== 'output_text_delta') continue;
    if (typeof data.delta !== 'string' || data.delta === '') continue;
    value += data.delta;
    yield { ...component, value };
  }
  yield { ...component, value, streaming: false };
}
