// accumulateText(): shows an agent's text in a Text or Markdown component that grows.
import type { WidgetComponent } from '../../protocol';

/**
 * Yields the states of `component` while a run's text grows in it: the component as given, then with the text so far
 * after each piece, and at last with the whole text and `streaming: false`. For a tool in which another agent writes
 * into a widget:
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
 * @param component a Text or Markdown. Set its `id`, so that only new text is sent.
 * @throws the errors of the run.
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
