// Mistakes of pages and threads: cursors, order, and what must not leave the server.
import { parseJson } from '../frames';
import { objectOf } from '../wire';
import { type Check, listOf, type Warning } from './warning';

/** The content of a JSON response by request type: a page, or a thread with a page. */
export const pages: Check = ({ kind, type, status, responseBody }) => {
  if (kind !== 'json' || status !== 200) return [];
  const body = objectOf(parseJson(responseBody ?? ''));
  switch (type) {
    case 'threads.list':
    case 'items.list':
      return pageWarnings(body);
    case 'threads.get_by_id':
      if (!Array.isArray(objectOf(body['items'])['data'])) {
        return [
          {
            code: 'thread_without_items',
            level: 'error',
            message: 'The thread has no "items" page. The official client opens threads by it.',
          },
        ];
      }
      return [...pageWarnings(objectOf(body['items'])), ...orderWarnings(objectOf(body['items']))];
    default:
      return [];
  }
};

function pageWarnings(page: Record<string, unknown>): Warning[] {
  const { data, has_more, after } = page;
  if (!Array.isArray(data) || typeof has_more !== 'boolean') {
    return [
      { code: 'not_a_page', level: 'error', message: 'This is no page: { data: [...], has_more: true or false }.' },
    ];
  }
  if (!has_more) return [];
  const last = objectOf(data.at(-1))['id'];
  if (data.length === 0) {
    return [
      {
        code: 'empty_page_with_more',
        level: 'error',
        message: 'An empty page says that there is more: the client cannot ask for it.',
      },
    ];
  }
  if (after === last) return [];
  return [
    {
      code: 'cursor_is_not_the_last_id',
      level: 'warning',
      message: `"after" is ${JSON.stringify(after) ?? 'missing'}, and the last row ${JSON.stringify(last)}. Whatever the page says, the official client asks for what comes after the id of the last row.`,
    },
  ];
}

/** The first page of a thread is its oldest items, oldest first: the client asks for what comes after the last one. */
function orderWarnings({ data }: Record<string, unknown>): Warning[] {
  const times = listOf(data).map((item) => Date.parse(String(objectOf(item)['created_at'])));
  const sorted = times.every((time, index) => index === 0 || !(time < (times[index - 1] ?? 0)));
  if (sorted) return [];
  return [
    {
      code: 'items_not_ascending',
      level: 'error',
      message:
        'threads.get_by_id must return the oldest items, oldest first: the official client goes on from the last one.',
    },
  ];
}
