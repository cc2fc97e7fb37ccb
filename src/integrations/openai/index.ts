// chatkit-express/openai: answers of the `openai` package, and of whatever speaks its formats, as events of a hook.
export { isPlaceholderId, ItemIds, type ItemTurn } from './item-ids';
export { type ConversionOptions, convertResponseEvents, ResponseConversion } from './response-conversion';
export { type ResponseOutputItem, type ResponseStreamEventLike } from './response-events';
export {
  type Base64Image,
  type ContainerFileCitation,
  type FileCitation,
  type IncompleteReason,
  ResponseStreamConverter,
  type UrlCitation,
} from './response-stream-converter';
export { type WorkflowHolder } from './workflow-writer';
