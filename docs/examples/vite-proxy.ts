import { defineConfig } from 'vite';

export default defineConfig({
  server: {
    proxy: {
      // A pattern, because `/chatkit` alone would also match `/chatkit-options.js`.
      '^/chatkit(/|$)': {
        target: process.env['CHATKIT_ORIGIN'] ?? 'http://localhost:3000',
        // Gives upload URLs the page's own origin. The server needs `trust proxy` for this.
        xfwd: true,
      },
    },
  },
});
