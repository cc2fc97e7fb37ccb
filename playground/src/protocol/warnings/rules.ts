// Mistakes in the order of a stream's events, by the rules that the server has for its own hooks.
import { type Finding, type RuleName, StreamRules } from '../../../../src/runs/rules';
import type { Exchange } from '../exchange';
import { isWidgetRoot } from '../widget-root';
import { objectOf } from '../wire';
import { type Check, nameOf, seenEvents, type Warning } from './warning';

/** The rules that are reported here. The contents of each item are checked elsewhere, and an empty stream too. */
const warningOf: Partial<Record<RuleName, (id: string) => Pick<Warning, 'code' | 'level' | 'message'>>> = {
  never_done: (id) => ({
    code: 'never_done',
    level: 'warning',
    message: `The item ${id} was added and never done: only what is done is stored, so it is gone after a reload.`,
  }),
  delta_without_part: (id) => ({
    code: 'delta_without_part',
    level: 'error',
    message: `The item ${id} was sent text for a content part that was never added: the text is lost until the item is done. Send content_part.added first.`,
  }),
  update_of_unknown_task: (id) => ({
    code: 'update_of_unknown_task',
    level: 'warning',
    message: `A task of the workflow ${id} was updated and never added: the official client ignores the update. Send workflow.task.added first.`,
  }),
  update_of_unknown_item: (id) => ({
    code: 'update_of_unknown_item',
    level: 'warning',
    message: `The item ${id} was updated and not added in this stream. The official client ignores updates of items it does not have.`,
  }),
  update_after_done: (id) => ({
    code: 'update_after_done',
    level: 'warning',
    message: `The item ${id} was updated after it was done: the page shows the update, and it is gone after a reload. Send thread.item.done last, or thread.item.replaced.`,
  }),
  item_twice: (id) => ({
    code: 'item_twice',
    level: 'warning',
    message: `The id ${id} was used for two items of one stream: the second one replaces the first.`,
  }),
  client_tool_twice: () => ({
    code: 'client_tool_twice',
    level: 'error',
    message:
      'A client tool call was sent more than once: the official client runs the tool for each. Send thread.item.done only.',
  }),
  message_without_text: (id) => ({
    code: 'message_without_text',
    level: 'warning',
    message: `The message ${id} is done and has no text: the page shows an empty answer.`,
  }),
  loading_task: (id) => ({
    code: 'loading_task',
    level: 'warning',
    message: `The workflow ${id} is done and one of its tasks is loading: the page shows a spinner for ever.`,
  }),
};

/** Checks the order of the events. Items from before this stream are not known here, so only some mistakes are found. */
export const order: Check = (exchange) => {
  const seen = seenEvents(exchange);
  const warnings: Warning[] = [];
  const rules = new StreamRules((finding) => warnings.push(...warningsFor(finding)));
  /** The widget that an action came from. */
  const sender = exchange.params['item_id'];
  const warningsFor = ({ rule, at, itemId = '' }: Finding): Warning[] => {
    if (rule === 'update_of_unknown_item' && itemId === sender) return [];
    const warning = warningOf[rule]?.(itemId);
    return warning ? [{ ...warning, event: seen[at]?.index ?? 0 }] : [];
  };
  for (const { data } of seen) rules.observe(data);
  rules.end({ isWhole: exchange.outcome === 'done' });
  return [...warnings, ...roots(exchange)];
};

function roots(exchange: Exchange): Warning[] {
  return seenEvents(exchange).flatMap(({ type, data, index }): Warning[] => {
    const { type: updateType, widget } = objectOf(data['update']);
    if (type !== 'thread.item.updated' || updateType !== 'widget.root.updated' || isWidgetRoot(widget)) return [];
    return [
      {
        code: 'widget_root',
        level: 'error',
        message: `The root of a widget must be a Card, a ListView or a Basic, and this one is ${nameOf(objectOf(widget)['type'])}.`,
        event: index,
      },
    ];
  });
}
