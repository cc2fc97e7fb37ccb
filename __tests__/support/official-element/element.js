// Stands in for OpenAI's element in tests: it does what docs and tests here rely on of the official client's observed
// behaviour, and nothing else. It keeps what it shows as text, so that a test can read it.
/* global customElements, HTMLElement, document, addEventListener */
(() => {
  /** The pauses before each repetition of a failed post, in milliseconds. Shorter than the client's. */
  const pauses = [0, 100, 200, 400, 800];
  /** The time after a load in which `fetchUpdates` shows the old data. */
  const staleMs = 5000;
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  class OfficialElement extends HTMLElement {
    #frameId = crypto.randomUUID();
    #options;
    /** Threads in memory: items by id, in their order. */
    #threads = new Map();
    #loaded = new Map();
    #threadId = null;
    #streams = new Set();
    #isBusy = false;

    setOptions(options) {
      const isFirst = this.#options === undefined;
      this.#options = options;
      if (isFirst) void this.#start();
    }

    async #start() {
      addEventListener('pagehide', () => {
        for (const { controller } of this.#streams) queueMicrotask(() => controller?.abort());
      });
      await this.#json('threads.list', { limit: 9999, order: 'desc' });
      const { initialThread } = this.#options;
      if (initialThread) await this.#load(initialThread).catch(() => undefined);
      this.#show();
      this.setAttribute('data-ready', '');
    }

    async setThreadId(threadId) {
      this.#threadId = threadId;
      this.#fire('chatkit.thread.change', { threadId });
      if (threadId !== null && !this.#threads.has(threadId)) await this.#load(threadId);
      this.#show();
    }

    async #load(threadId) {
      this.#threadId = threadId;
      this.#fire('chatkit.thread.load.start', { threadId });
      const data = await this.#read(threadId);
      this.#threads.set(threadId, data);
      this.#loaded.set(threadId, { at: performance.now(), data: new Map(data) });
      this.#show();
      this.#fire('chatkit.thread.load.end', { threadId });
    }

    async #read(threadId) {
      const { items } = await this.#json('threads.get_by_id', { thread_id: threadId });
      const rows = [...items.data];
      for (let page = items; page.has_more; rows.push(...page.data)) {
        const params = { thread_id: threadId, limit: 9999, order: 'asc', after: rows.at(-1).id };
        page = await this.#json('items.list', params);
      }
      return new Map(rows.map((item) => [item.id, item]));
    }

    async fetchUpdates() {
      const threadId = this.#threadId;
      const { at, data } = this.#loaded.get(threadId) ?? { at: -Infinity };
      if (performance.now() - at < staleMs) this.#threads.set(threadId, new Map(data));
      else this.#threads.set(threadId, await this.#read(threadId));
      this.#show();
    }

    async sendUserMessage({ text, newThread }) {
      if (newThread) this.#threadId = null;
      const input = {
        content: [{ type: 'input_text', text }],
        attachments: [],
        quoted_text: '',
        inference_options: {},
      };
      const threadId = this.#threadId;
      if (threadId === null) await this.#stream('threads.create', { input });
      else await this.#stream('threads.add_user_message', { thread_id: threadId, input });
    }

    async sendCustomAction(action, itemId) {
      const params = { thread_id: this.#threadId, ...(itemId && { item_id: itemId }), action };
      await this.#stream('threads.custom_action', params);
    }

    /** Presses Stop. */
    stop() {
      for (const stream of this.#streams) {
        if (stream.threadId !== this.#threadId) continue;
        this.#fire('chatkit.response.stop');
        if (!stream.controller) continue; // a custom action: its request stays open, and the composer dead
        stream.controller.abort();
        this.#end(stream);
      }
    }

    /** Reads a stream, and posts again what fails before it. */
    async #stream(type, params) {
      const hasSignal = type !== 'threads.custom_action';
      const stream = { threadId: params.thread_id ?? null, controller: hasSignal ? new AbortController() : undefined };
      this.#streams.add(stream);
      this.#show();
      const init = this.#init(type, params, 'text/event-stream', stream.controller?.signal);
      try {
        for (let attempt = 0; ; attempt++) {
          const response = await this.#fetch(this.#options.api.url, init);
          const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
          if (response.ok && isStream) {
            await this.#readStream(stream, response.body.getReader());
            break;
          }
          if (response.status < 500 && !response.ok) break; // shows nothing
          if (attempt === pauses.length) throw new Error(`HTTP ${response.status}`);
          await wait(pauses[attempt]);
        }
      } catch (error) {
        if (this.#streams.has(stream)) this.#fail(error);
      }
      this.#end(stream);
      stream.controller?.abort(); // after every stream
    }

    async #readStream(stream, reader) {
      const decoder = new TextDecoder();
      let text = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (!this.#streams.has(stream)) return;
        if (done) return;
        text += decoder.decode(value, { stream: true });
        const frames = text.split('\n\n');
        text = frames.pop();
        for (const frame of frames) {
          const data = /^data: (.*)$/m.exec(frame)?.[1];
          if (data !== undefined) this.#apply(stream, JSON.parse(data));
        }
        this.#show();
      }
    }

    #apply(stream, event) {
      if (event.type === 'thread.created') {
        stream.threadId = event.thread.id;
        this.#threads.set(event.thread.id, new Map());
        this.#threadId = event.thread.id;
        this.#fire('chatkit.thread.change', { threadId: event.thread.id });
        return;
      }
      const items = this.#threads.get(stream.threadId);
      if (!items) return; // events before `thread.created` are dropped
      if (event.type === 'thread.item.removed') items.delete(event.item_id);
      else if (['thread.item.added', 'thread.item.done', 'thread.item.replaced'].includes(event.type)) {
        items.set(event.item.id, event.item);
      } else if (event.type === 'thread.item.updated') this.#update(items.get(event.item_id), event.update);
      else if (event.type === 'error') this.#fail(new Error(event.message ?? event.code));
    }

    #update(item, { type, content_index: index, content, delta }) {
      if (!item) return;
      if (type === 'assistant_message.content_part.added' || type === 'assistant_message.content_part.done') {
        item.content[index] = content;
      } else if (type === 'assistant_message.content_part.text_delta' && item.content[index]) {
        item.content[index].text += delta;
      }
    }

    #end(stream) {
      this.#streams.delete(stream);
      this.#show();
    }

    #fail(error) {
      this.setAttribute('data-error', error.message);
      this.#fire('chatkit.error', { error });
    }

    async #json(type, params) {
      const response = await this.#fetch(
        this.#options.api.url,
        this.#init(type, params, '*/*', new AbortController().signal),
      );
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return response.json();
    }

    #fetch(url, init) {
      return (this.#options.api.fetch ?? fetch)(url, init);
    }

    #init(type, params, accept, signal) {
      const headers = {
        'content-type': 'application/json',
        'chatkit-frame-instance-id': this.#frameId,
        'accept-language': 'en',
        accept,
      };
      return { method: 'POST', headers, body: JSON.stringify({ type, params }), ...(signal && { signal }) };
    }

    #fire(type, detail) {
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    #show() {
      this.#isBusy = [...this.#streams].some(({ threadId }) => threadId === this.#threadId);
      this.toggleAttribute('data-busy', this.#isBusy);
      this.setAttribute('data-thread', this.#threadId ?? '');
      const items = [...(this.#threads.get(this.#threadId)?.values() ?? [])];
      this.replaceChildren(
        ...items.map((item) => {
          const row = document.createElement('p');
          row.dataset.type = item.type;
          row.dataset.id = item.id;
          row.textContent = (item.content ?? []).map(({ text }) => text ?? '').join('');
          return row;
        }),
      );
    }
  }

  customElements.define('openai-chatkit', OfficialElement);
})();
