// Overrides of the converters, as TypeScript sees them.
import { ResponseStreamConverter, ThreadItemConverter } from 'chatkit-express/openai';

const turn = { id: 'hid_1', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' };

test('overrides need no `as const`', async () => {
  class Input extends ThreadItemConverter {
    override hiddenContextToInput() {
      return { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be brief' }] };
    }
    override widgetToInput() {
      return Promise.resolve([{ type: 'message', role: 'user', content: 'A card' }]);
    }
    override tagToContent() {
      return { type: 'input_text', text: 'Ada' };
    }
    override attachmentToContent() {
      return Promise.resolve({ type: 'input_file', file_id: 'file_1' });
    }
  }
  class Shown extends ResponseStreamConverter {
    override urlCitationToAnnotation() {
      return { source: { type: 'url', url: 'https://example.com', title: 'Example' }, index: 1 };
    }
    override toolCallToTask() {
      return { type: 'custom', status_indicator: 'complete', title: 'Looked it up' };
    }
    override incompleteToEvent() {
      return { type: 'notice', level: 'warning', message: 'The answer was cut off' };
    }
  }
  const [input] = await new Input().toResponseInput([{ ...turn, type: 'hidden_context_item', content: 'x' }]);
  expect(input).toMatchObject({ role: 'developer' });
  expect(new Shown().toolCallToTask().type).toBe('custom');
});

test('a misspelt key does not compile', () => {
  class Message extends ThreadItemConverter {
    // @ts-expect-error `content` is misspelt.
    override hiddenContextToInput() {
      return { type: 'message', role: 'developer', contnt: 'Be brief' };
    }
  }
  class Part extends ThreadItemConverter {
    // @ts-expect-error `text` is misspelt.
    override tagToContent() {
      return { type: 'input_text', txt: 'Ada' };
    }
  }
  class Source extends ResponseStreamConverter {
    // @ts-expect-error `source` is misspelt.
    override urlCitationToAnnotation() {
      return { sorce: { type: 'url', url: 'https://example.com', title: 'Example' } };
    }
  }
  expect([Message, Part, Source]).toHaveLength(3);
});
