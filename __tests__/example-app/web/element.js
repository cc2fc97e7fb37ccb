// Replaces OpenAI's script, which tests cannot load: an element with the same methods, which records its calls.
/* global customElements, HTMLElement */
customElements.define(
  'openai-chatkit',
  class extends HTMLElement {
    given = { composer: [] };

    setOptions(options) {
      this.options = options;
    }

    async setComposerValue(value) {
      this.given.composer.push(value);
    }

    connectedCallback() {
      globalThis.connections = (globalThis.connections ?? 0) + 1;
    }
  },
);
