// Loads an example that ends in `app.listen(3000)` and gives its app, which listens nowhere.
import type { Server } from 'node:http';
import express from 'express';

const loaded = new Map<string, express.Express>();

/** @param name of a file in docs/examples, without `.ts`. */
export async function loadExample(name: string): Promise<express.Express> {
  const known = loaded.get(name);
  if (known) return known;
  const notListening = { close: () => undefined } as unknown as Server;
  const listen = jest.spyOn(express.application, 'listen').mockReturnValue(notListening);
  await import(`../../docs/examples/${name}`);
  const app = listen.mock.contexts[0] as express.Express | undefined;
  listen.mockRestore();
  if (!app) throw new Error(`${name} does not listen`);
  loaded.set(name, app);
  return app;
}
