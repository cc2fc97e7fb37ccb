// Maps every request type to the kind of its answer and to the function that handles it. A new operation needs a schema
// in protocol/requests.ts, a row here, a function and a test.
import type { RequestType } from '../protocol';
import { customAction, syncCustomAction } from './actions';
import { createAttachment, deleteAttachment, getPreview } from './attachments';
import { addClientToolOutput } from './client-tool-output';
import { transcribe } from './dictation';
import { giveFeedback } from './feedback';
import { listItems } from './items';
import { addUserMessage, createThread } from './messages';
import type { JsonOperation, StreamOperation } from './operation';
import { retryAfterItem } from './retry';
import { addStructuredInput } from './structured-input';
import { deleteThread, getThread, listThreads, updateThread } from './threads';

type Operation<Type extends RequestType> =
  | { mode: 'json'; handle: JsonOperation<Type> }
  /** `knowsRepetitions`: the operation itself recognises a request that was processed before, and answers it again. */
  | { mode: 'stream'; handle: StreamOperation<Type>; knowsRepetitions?: true };

export const operations: { [Type in RequestType]: Operation<Type> } = {
  'threads.create': { mode: 'stream', handle: createThread, knowsRepetitions: true },
  'threads.add_user_message': { mode: 'stream', handle: addUserMessage, knowsRepetitions: true },
  'threads.add_client_tool_output': { mode: 'stream', handle: addClientToolOutput, knowsRepetitions: true },
  'threads.add_structured_input': { mode: 'stream', handle: addStructuredInput },
  'threads.retry_after_item': { mode: 'stream', handle: retryAfterItem },
  'threads.custom_action': { mode: 'stream', handle: customAction },
  'threads.sync_custom_action': { mode: 'json', handle: syncCustomAction },
  'threads.get_by_id': { mode: 'json', handle: getThread },
  'threads.list': { mode: 'json', handle: listThreads },
  'threads.update': { mode: 'json', handle: updateThread },
  'threads.delete': { mode: 'json', handle: deleteThread },
  'items.list': { mode: 'json', handle: listItems },
  'items.feedback': { mode: 'json', handle: giveFeedback },
  'attachments.create': { mode: 'json', handle: createAttachment },
  'attachments.delete': { mode: 'json', handle: deleteAttachment },
  'attachments.get_preview': { mode: 'json', handle: getPreview },
  'input.transcribe': { mode: 'json', handle: transcribe },
};
