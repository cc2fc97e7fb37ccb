import { defineConfig } from 'vite';

export default defineConfig({
  server: {
    proxy: {
      // A pattern, since `/chatkit` alone would also take `/chatkit-options.js` away from the page.
      '^/chatkit(/|$)': {
        target: process.env['CHATKIT_ORIGIN'] ?? 'http://localhost:3000',
        // The addresses that uploads are sent to name the page's own origin. The server needs `trust proxy` for it.
        xfwd: true,
      },
    },
  },
});
