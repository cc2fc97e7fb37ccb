// Layers that the app adds to the router that chatkitMiddleware returns.
import type { NextFunction, Request, Response } from 'express';
import request from 'supertest';
import { getThread } from '../support/requests';
import { expressVersions, load, start } from './endpoint';

const nothing = 'There is nothing at this path';

describe.each(expressVersions)('on Express %i', (version) => {
  it('run for paths that the endpoint does not have, in their order, with parameters', async () => {
    const { server, chatkit } = await start({ version });
    const order: string[] = [];
    chatkit.use((_request: Request, _response: Response, next: NextFunction) => {
      order.push('use');
      next();
    });
    chatkit.get('/x/:name', (request: Request, response: Response) => {
      order.push('get');
      response.send(`mine: ${String(request.params['name'])} at ${request.baseUrl}`);
    });
    const { status, text } = await request(server).get('/chatkit/x/y');
    expect([status, text, order]).toEqual([200, 'mine: y at /chatkit', ['use', 'get']]);
  });

  it('come after the endpoint', async () => {
    const { server, chatkit, logger } = await start({ version });
    const mine = jest.fn((_request: Request, response: Response) => void response.send('mine'));
    chatkit.all('/', mine);
    chatkit.post('/upload', mine);
    chatkit.use(mine);
    const { body } = await request(server).post('/chatkit').send(getThread('thr_1'));
    expect(body).toMatchObject({ id: 'thr_1' });
    expect((await request(server).post('/chatkit/upload')).status).toBe(501); // no attachmentStore
    expect((await request(server).get('/chatkit/attachments/atc_1')).status).toBe(403);
    expect(mine).not.toHaveBeenCalled();
    expect((await request(server).get('/chatkit/elsewhere')).text).toBe('mine');
    expect(logger.take('error')).toHaveLength(1);
  });

  it('leave the 404 to the endpoint when none of them answers', async () => {
    const { server, chatkit } = await start({ version });
    chatkit.get('/x', (_request: Request, _response: Response, next: NextFunction) => next());
    for (const path of ['/chatkit/x', '/chatkit/y', '/chatkit/attachments/%E0%A4']) {
      const { status, body } = await request(server).get(path);
      expect([status, body]).toMatchObject([404, { message: nothing }]);
    }
    const { status, body } = await request(server).post('/chatkit/x');
    expect([status, body]).toMatchObject([404, { message: nothing }]);
  });

  it('hand their errors to the app', async () => {
    const { server, chatkit, app } = await start({ version });
    chatkit.get('/x', (_request: Request, _response: Response, next: NextFunction) => next(new Error('mine')));
    app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
      response.status(418).send(error.message);
    });
    expect(await request(server).get('/chatkit/x')).toMatchObject({ status: 418, text: 'mine' });
  });

  it('can be a router of the app', async () => {
    const { server, chatkit } = await start({ version });
    const { express } = load(version);
    const mine = express.Router();
    mine.get('/deep', (request: Request, response: Response) => void response.send(request.baseUrl));
    chatkit.use('/more', mine);
    expect((await request(server).get('/chatkit/more/deep')).text).toBe('/chatkit/more');
  });

  it('stand beside the routes of the endpoint for tools that list them', async () => {
    const { chatkit } = await start({ version });
    chatkit.get('/x', (_request: Request, response: Response) => void response.end());
    interface Layer {
      route?: { path: string; methods: Record<string, boolean> };
    }
    const routes = (chatkit as unknown as { stack: Layer[] }).stack.flatMap(({ route }) =>
      route ? [[route.path, Object.keys(route.methods).sort()]] : [],
    );
    expect(routes).toEqual([
      ['/', ['get', 'post']],
      ['/upload', ['post']],
      ['/upload/:id', ['post', 'put']],
      ['/attachments/:id', ['get']],
      ['/transcribe', ['post']],
      ['/runs', ['get']],
      ['/runs/stop', ['post']],
      ['/runs/:id/events', ['get']],
      ['/browser.js', ['get']],
      ['/x', ['get']],
    ]);
  });

  it('share paths as Express compares them', async () => {
    const { server, logger } = await start({ version });
    // Express ignores case and a slash at the end; so does the endpoint.
    expect((await request(server).post('/chatkit/UPLOAD/')).status).toBe(501);
    expect((await request(server).get('/chatkit/Attachments/atc_1/')).status).toBe(403);
    expect((await request(server).get('/chatkit/attachments/atc_1/more')).status).toBe(404);
    expect(logger.take('error')).toHaveLength(1);
  });

  it('are not reached when the router is made and nothing is added', async () => {
    const { server } = await start({ version });
    expect((await request(server).get('/chatkit/x')).body).toMatchObject({ message: nothing });
  });
});
