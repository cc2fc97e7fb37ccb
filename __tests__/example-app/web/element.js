// Stands in for OpenAI's script, which cannot be had here: an element with its methods, which keeps what it was given.
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
