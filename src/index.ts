// The public API of chatkit-express, by name. To find your way: protocol/requests.ts defines the requests of clients,
// operations/registry.ts the function for each, protocol/events.ts the events of a stream. http/stream.ts sends them.
export {
  AttachmentStore,
  type AttachmentCreateParams,
  type ByteRange,
  type BytesDetails,
  type BytesInfo,
  type BytesKey,
  type DownloadUrlDetails,
  type UploadDescriptorDetails,
} from './attachments/attachment-store';
export { MemoryAttachmentStore } from './attachments/memory';
export { type CorsOptions, type CorsOrigin } from './cors-options';
export {
  ChatKitError,
  CustomStreamError,
  type ErrorCode,
  type ErrorIssue,
  httpStatus,
  NotFoundError,
  StreamError,
} from './errors';
export { type Logger, type LogMethod } from './logger';
export { chatkitMiddleware, type ChatKitRouter } from './middleware';
export {
  type ActionTurn,
  type Audio,
  type CancelReason,
  type HookEvents,
  type ModelUsage,
  type RespondTurn,
  type ResumeTurn,
  type Turn,
  type TurnAttachments,
} from './hooks';
export {
  type ErrorDetails,
  type ObservedRequest,
  type ObservedRun,
  type Observer,
  type RequestEnd,
  type RunEnd,
  type RunOutcome,
  type UsageTotal,
} from './observer';
export { type EventCheck, type NotAnEvent, type StoreCheck, type StoreOfAnotherContext } from './hook-types';
export {
  type AdmitRequest,
  type BaseOptions,
  type ChatKitOptions,
  type ContextOption,
  type RequiredContext,
} from './options';
export { AnswerWriter, type AnswerImage } from './answers/answer-writer';
export {
  type Approval,
  type ApprovalDecision,
  type ApprovalFormOptions,
  approvalOf,
  type ApprovalRequest,
  type ApprovalTurn,
  askApproval,
  type AskApprovalOptions,
} from './answers/approval';
export { type PageCall } from './answers/client-tool-call';
export { hiddenContext } from './answers/hidden-context';
export { messageText } from './answers/message-text';
export { type AnswerTurn, type NewItem, newItem } from './answers/new-item';
export { streamAnswer, type StreamAnswerOptions } from './answers/stream-answer';
export { titleFrom } from './answers/title';
export * from './protocol';
export {
  type AnnouncedUpload,
  type Answer,
  type Caller,
  type ChatKitServer,
  type CloseOptions,
  type EventStream,
  type FormUse,
  type IncomingFile,
  type IncomingForm,
  type RawBody,
  type ReadableAttachment,
  type RunFollowQuery,
  type RunListQuery,
  type RunPage,
} from './server';
export { MemoryRunRegistry } from './runs/memory-registry';
export { type RunLimits, type RunOptions } from './runs/options';
export { type RunReader } from './runs/reader';
export {
  type BusyPolicy,
  type JoinedRun,
  type LostRun,
  type NewRun,
  type RunHost,
  type RunLease,
  type RunRecord,
  type RunRegistry,
  type RunServer,
  type RunSnapshot,
} from './runs/registry';
export { type Erased, type ExportRecord, type Purged, type PurgeOptions, type Retention } from './retention/retention';
export { type ItemIdType } from './stores/ids';
export { toKey } from './stores/keys';
export { MemoryStore } from './stores/memory';
export { assertOwner } from './stores/owner';
export { pageSize } from './stores/page-size';
export {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- existing stores import it
  type ClaimedAttachment,
  type Completed,
  type Completion,
  type IdleThread,
  type ItemAndEnd,
  type LeasedAttachment,
  type PageQuery,
  sameItem,
  Store,
  type ThreadEnd,
} from './stores/store';
export { changedThread, type ThreadChange } from './stores/thread-change';
export { type UploadOptions } from './uploads/options';
export {
  type ActionHandler,
  type ActionHandlers,
  type ActionHooks,
  type ActionMap,
  actions,
  defineAction,
  type PayloadSchema,
  type TypedActionTurn,
} from './widgets/actions';
export { diffWidget } from './widgets/diff';
export { type ReplacedWidget, replaceWidget } from './widgets/replace';
export { streamWidget, type StreamWidgetOptions } from './widgets/stream';
export { type BuildOptions, type WidgetDefinition, WidgetTemplate } from './widgets/template';
