// Mistakes of an answer as a whole: its status, its type, its body.
import { parseJson } from '../frames';
import { objectOf } from '../wire';
import type { Check, Warning } from './warning';

const isStatus = (status: number | undefined, from: number) =>
  status !== undefined && status >= from && status < from + 100;

/** A stream that is answered with something else. */
export const streamAnswer: Check = ({ kind, status, responseHeaders, outcome, failure, events }) => {
  if (kind !== 'stream' || status === undefined) return [];
  if (isStatus(status, 500)) {
    return [
      {
        code: 'stream_5xx',
        level: 'error',
        message: `A streaming request was answered ${status}. The official client posts it again up to 5 times: the model runs again, and the message is stored again. Tell of what fails in an in-stream error event.`,
      },
    ];
  }
  if (isStatus(status, 400)) {
    const shown = status === 429 ? 'shows a toast' : 'shows nothing in the thread';
    return [
      {
        code: 'stream_4xx',
        level: 'note',
        message: `Refused with ${status}. The official client ${shown}, and does not try again.`,
      },
    ];
  }
  const type = responseHeaders['content-type'] ?? 'no content type';
  if (!type.toLowerCase().startsWith('text/event-stream')) {
    return [
      {
        code: 'stream_not_sse',
        level: 'error',
        message: `A streaming request was answered ${status} with ${type}. The official client takes only text/event-stream, and posts the request again up to 5 times.`,
      },
    ];
  }
  const warnings: Warning[] = [];
  if (outcome === 'failed') {
    warnings.push({
      code: 'stream_broke_off',
      level: 'warning',
      message: `The connection broke off${failure ? ` (${failure})` : ''}. The official client does not post again: it shows a generic error and Retry.`,
    });
  }
  if (outcome === 'done' && events.length === 0) {
    warnings.push({
      code: 'stream_empty',
      level: 'warning',
      message: 'The stream ended without an event: the user sees nothing.',
    });
  }
  if (!/no-transform/i.test(responseHeaders['cache-control'] ?? '')) {
    warnings.push({
      code: 'stream_may_be_held_back',
      level: 'note',
      message: 'cache-control does not say no-transform: a proxy or compression may hold the events back.',
    });
  }
  return warnings;
};

/** A JSON request that is answered with something else, or refused without words. */
export const jsonAnswer: Check = ({ kind, type, status, responseBody, params }) => {
  if (kind === 'stream' || status === undefined || responseBody === undefined) return [];
  const body = parseJson(responseBody);
  if (isStatus(status, 200)) {
    if (kind === 'json' && body === undefined) {
      return [
        {
          code: 'json_not_json',
          level: 'error',
          message: `Answered ${status} with something that is not JSON. The official client takes it for {}.`,
        },
      ];
    }
    return [];
  }
  const warnings: Warning[] = [];
  const { message } = objectOf(body);
  if (typeof message !== 'string' || message === '') {
    warnings.push({
      code: 'error_without_message',
      level: 'warning',
      message: `Answered ${status} without a top-level "message": the official client shows the status text instead.`,
    });
  }
  if (isStatus(status, 400) && params['limit'] === 9999) {
    warnings.push({
      code: 'limit_refused',
      level: 'error',
      message: `${type} with limit 9999 was refused. The official client always asks for that many: clamp the limit instead.`,
    });
  }
  if (isStatus(status, 500)) {
    warnings.push({
      code: 'json_5xx',
      level: 'warning',
      message: `Answered ${status}. What the client did wrong, or what it cannot know, is a 4xx.`,
    });
  }
  return warnings;
};

/** An upload, or the attachment that was to say where it goes. */
export const uploadAnswer: Check = ({ kind, type, method, status, responseBody }) => {
  if (!isStatus(status, 200)) return [];
  const body = objectOf(parseJson(responseBody ?? ''));
  if (type === 'attachments.create') return descriptorWarnings(body);
  // The direct strategy posts a form and takes the attachment from the answer; the other one has it already.
  if (kind !== 'upload' || method !== 'POST' || Object.keys(body).length === 0) return [];
  const missing = ['id', 'mime_type'].filter((key) => typeof body[key] !== 'string');
  if (missing.length === 0) return [];
  return [
    {
      code: 'upload_without_attachment',
      level: 'error',
      message: `The answer to the upload has no ${missing.join(' and no ')}: the official client cannot attach the file.`,
    },
  ];
};

function descriptorWarnings({ upload_descriptor, type, preview_url }: Record<string, unknown>): Warning[] {
  const warnings: Warning[] = [];
  const { url, method } = objectOf(upload_descriptor);
  if (typeof url !== 'string') {
    warnings.push({
      code: 'no_upload_descriptor',
      level: 'error',
      message:
        'The attachment has no upload_descriptor with a url: the official client does not know where to send the file.',
    });
  } else if (method !== 'PUT' && method !== 'POST') {
    warnings.push({
      code: 'upload_method',
      level: 'error',
      message: `The upload method is ${JSON.stringify(method)}. Only exactly "PUT" sends the raw bytes; anything else is posted as a form.`,
    });
  }
  if (type === 'image' && typeof preview_url !== 'string') {
    warnings.push({
      code: 'image_without_preview',
      level: 'warning',
      message: 'An image attachment has no preview_url (or "lazy"): there is nothing to show.',
    });
  }
  return warnings;
}
