// #region use
import { type HookEventInput, type RespondTurn, streamWidget, WidgetTemplate } from 'chatkit-express';

const parcel = WidgetTemplate.fromFile('parcel.widget', { from: import.meta.url });

export async function* respond({ thread, generateId }: RespondTurn<unknown>): AsyncGenerator<HookEventInput> {
  const widget = parcel.build({
    number: 17,
    stops: [
      { place: 'Bern', reached: true },
      { place: 'Rome', reached: false },
    ],
  });
  yield* streamWidget(thread, widget, { generateId });
}
// #endregion
