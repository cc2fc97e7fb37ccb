// Every request type, how it answers, and the function that does it. A new operation is a schema in
// protocol/requests.ts, a row here, a function and a test.
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
  | { mode: 'json'; run: JsonOperation<Type> }
  /** `knowsRepetitions`: the operation itself recognises a request that was carried out before, and answers it again. */
  | { mode: 'stream'; run: StreamOperation<Type>; knowsRepetitions?: true };

export const operations: { [Type in RequestType]: Operation<Type> } = {
  'threads.create': { mode: 'stream', run: createThread, knowsRepetitions: true },
  'threads.add_user_message': { mode: 'stream', run: addUserMessage, knowsRepetitions: true },
  'threads.add_client_tool_output': { mode: 'stream', run: addClientToolOutput, knowsRepetitions: true },
  'threads.add_structured_input': { mode: 'stream', run: addStructuredInput },
  'threads.retry_after_item': { mode: 'stream', run: retryAfterItem },
  'threads.custom_action': { mode: 'stream', run: customAction },
  'threads.sync_custom_action': { mode: 'json', run: syncCustomAction },
  'threads.get_by_id': { mode: 'json', run: getThread },
  'threads.list': { mode: 'json', run: listThreads },
  'threads.update': { mode: 'json', run: updateThread },
  'threads.delete': { mode: 'json', run: deleteThread },
  'items.list': { mode: 'json', run: listItems },
  'items.feedback': { mode: 'json', run: giveFeedback },
  'attachments.create': { mode: 'json', run: createAttachment },
  'attachments.delete': { mode: 'json', run: deleteAttachment },
  'attachments.get_preview': { mode: 'json', run: getPreview },
  'input.transcribe': { mode: 'json', run: transcribe },
};
