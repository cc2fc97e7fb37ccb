// Each schema has an interface with a name, and both say the same. The compiler proves it (`tsc --noEmit`).
import { z } from 'zod';
import * as protocol from '../../src/protocol';
import { named, type Same } from '../../src/protocol/named-schema';

/** Compiles only when the claim holds. */
function proven<Claim extends true>(claim: Claim): Claim {
  return claim;
}
/** True for a schema that returns exactly `Output` and takes exactly `Input`. */
type Names<Schema extends z.core.$ZodType, Output, Input = Output> =
  Same<z.output<Schema>, Output> extends true ? Same<z.input<Schema>, Input> : false;

const note = z.object({ type: z.literal('note'), text: z.string(), tags: z.array(z.string()).default([]) });
interface NoteInput {
  type: 'note';
  text: string;
  tags?: string[] | undefined;
}
interface Note extends NoteInput {
  tags: string[];
}

describe('a schema takes a name', () => {
  it('whose interface is the same, and no other', () => {
    const accepted = named<Note, NoteInput>()(note);
    expect(accepted.parse({ type: 'note', text: 'x' })).toEqual({ type: 'note', text: 'x', tags: [] });
    // @ts-expect-error The schema takes a note without tags.
    named<Note>()(note);
    // @ts-expect-error The schema returns no `title`.
    named<Note & { title: string }, NoteInput>()(note);
    // @ts-expect-error The schema returns no `title`, which may be missing.
    named<Note & { title?: string | undefined }, NoteInput>()(note);
    // @ts-expect-error The interface has no `text`.
    named<Omit<Note, 'text'>, NoteInput>()(note);
    // @ts-expect-error The interface takes other texts.
    named<Note, Omit<NoteInput, 'text'> & { text: 'x' }>()(note);
    // @ts-expect-error The interface allows anything.
    named<unknown, NoteInput>()(note);
  });

  it('and is a schema for the functions of zod', () => {
    const list = z.object({ items: z.array(protocol.ThreadItemSchema), last: z.optional(protocol.TaskSchema) });
    proven<Same<z.output<typeof list>['items'], protocol.ThreadItem[]>>(true);
    proven<Same<z.input<typeof list>['last'], protocol.TaskInput | undefined>>(true);
    const parsed = list.parse({ items: [], last: { type: 'thought', content: 'x' } });
    expect(parsed.last).toHaveProperty('status_indicator', 'none');
    expect(z.safeParse(list, { items: [{}] }).error?.issues[0]).toHaveProperty('path', ['items', 0, 'type']);
  });
});

it('every event, update, item, task, status, summary and source has a name', () => {
  proven<
    Names<typeof protocol.ThreadItemAddedEventSchema, protocol.ThreadItemAddedEvent, protocol.ThreadItemAddedEventInput>
  >(true);
  proven<
    Names<
      typeof protocol.ThreadItemUpdatedEventSchema,
      protocol.ThreadItemUpdatedEvent,
      protocol.ThreadItemUpdatedEventInput
    >
  >(true);
  proven<
    Names<typeof protocol.ThreadItemDoneEventSchema, protocol.ThreadItemDoneEvent, protocol.ThreadItemDoneEventInput>
  >(true);
  proven<Names<typeof protocol.ThreadItemRemovedEventSchema, protocol.ThreadItemRemovedEvent>>(true);
  proven<
    Names<
      typeof protocol.ThreadItemReplacedEventSchema,
      protocol.ThreadItemReplacedEvent,
      protocol.ThreadItemReplacedEventInput
    >
  >(true);
  proven<Names<typeof protocol.StreamOptionsEventSchema, protocol.StreamOptionsEvent>>(true);
  proven<Names<typeof protocol.ProgressUpdateEventSchema, protocol.ProgressUpdateEvent>>(true);
  proven<Names<typeof protocol.ClientEffectEventSchema, protocol.ClientEffectEvent, protocol.ClientEffectEventInput>>(
    true,
  );
  proven<Names<typeof protocol.ErrorEventSchema, protocol.ErrorEvent, protocol.ErrorEventInput>>(true);
  proven<Names<typeof protocol.NoticeEventSchema, protocol.NoticeEvent>>(true);
  proven<Names<typeof protocol.HookEventSchema, protocol.HookEvent, protocol.HookEventInput>>(true);
  proven<Names<typeof protocol.ThreadItemUpdateSchema, protocol.ThreadItemUpdate, protocol.ThreadItemUpdateInput>>(
    true,
  );
  proven<Names<typeof protocol.ThreadItemSchema, protocol.ThreadItem, protocol.ThreadItemInput>>(true);
  proven<Names<typeof protocol.UserMessageItemSchema, protocol.UserMessageItem, protocol.UserMessageItemInput>>(true);
  proven<Names<typeof protocol.TaskSchema, protocol.Task, protocol.TaskInput>>(true);
  proven<Names<typeof protocol.SearchTaskSchema, protocol.SearchTask, protocol.SearchTaskInput>>(true);
  proven<Names<typeof protocol.ThreadStatusSchema, protocol.ThreadStatus>>(true);
  proven<Names<typeof protocol.WorkflowSummarySchema, protocol.WorkflowSummary>>(true);
  proven<Names<typeof protocol.WorkflowSchema, protocol.Workflow, protocol.WorkflowInput>>(true);
  proven<Names<typeof protocol.SourceSchema, protocol.Source, protocol.SourceInput>>(true);
  proven<Names<typeof protocol.AnnotationSchema, protocol.Annotation, protocol.AnnotationInput>>(true);
  proven<Names<typeof protocol.ThreadSchema, protocol.Thread, protocol.ThreadInput>>(true);
  proven<Names<typeof protocol.RequestSchema, protocol.ChatKitRequest, unknown>>(true);
  expect(Object.keys(protocol).filter((name) => name.endsWith('Schema')).length).toBeGreaterThan(60);
});

it('the members of each union are those that have a name', () => {
  type Of<Union, Type> = Extract<Union, { type: Type }>;
  proven<Same<Of<protocol.HookEventInput, 'notice'>, protocol.NoticeEvent>>(true);
  proven<Same<Of<protocol.ThreadItemUpdateInput, 'workflow.task.added'>, protocol.WorkflowTaskAddedInput>>(true);
  proven<Same<Of<protocol.ThreadItemUpdate, 'widget.root.updated'>, protocol.WidgetRootUpdated>>(true);
  proven<Same<Of<protocol.ThreadItem, 'workflow'>, protocol.WorkflowItem>>(true);
  proven<Same<Of<protocol.Task, 'web_search'>, protocol.SearchTask>>(true);
  proven<Same<Of<protocol.ThreadStatus, 'locked'>, protocol.LockedStatus>>(true);
  proven<Same<Of<protocol.Source, 'entity'>, protocol.EntitySource>>(true);
  proven<Same<Extract<protocol.WorkflowSummary, { duration: number }>, protocol.DurationSummary>>(true);
  proven<Same<Of<protocol.ChatKitRequest, 'threads.list'>, protocol.RequestOf<'threads.list'>>>(true);
  expect(protocol.HookEventSchema.options.map(({ shape }) => shape.type.value)).toContain('notice');
});
