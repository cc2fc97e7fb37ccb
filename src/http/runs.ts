// The routes of runs: the open runs of a thread, the events of a run, and Stop.
import type { Request, Response } from 'express';
import type { Caller, ChatKitServer } from '../server';
import { requestBounds } from '../server';
import { readJson } from './body';
import { serverSentEvents } from './frames';
import { sendJson } from './json';
import { isLocalRequest } from './loopback';
import { useRawBody } from './raw-body';
import type { HttpOptions, Route, RouteCall } from './route';
import { writeStream } from './stream';

/** The maximum size of a Stop request, which names one thread or one run, in bytes. */
const maxStopBytes = 32 * 1024;

export function runRoutes<TContext>(
  server: ChatKitServer<TContext>,
  options: HttpOptions<TContext>,
  caller: (request: Request, response: Response, call: RouteCall) => Caller<TContext>,
): Record<'list' | 'events' | 'stop', Route> {
  const limits = { ...requestBounds(options), maxBodyBytes: maxStopBytes, maxDictationBytes: 0 };
  return {
    list: {
      path: '/runs',
      methods: ['GET', 'HEAD', 'OPTIONS'],
      isFile: false,
      async handle(request, response, call) {
        const query = { thread_id: request.query['thread_id'] };
        sendJson(response, 200, await server.listRuns(query, caller(request, response, call)));
      },
    },
    events: {
      path: '/runs/:id/events',
      methods: ['GET', 'OPTIONS'],
      isFile: false,
      async handle(request, response, call) {
        const query = { id: call.id, after: request.query['after'] };
        const events = await server.followRun(query, caller(request, response, call));
        if (response.headersSent) {
          void events.cancel(); // another middleware, such as a timeout, has answered
          return;
        }
        const { heartbeatMs, exposeErrors = false } = options;
        const { logger } = call.observed;
        const { stalledReaderMs } = options.runs.limits;
        const showsLog = exposeErrors && isLocalRequest(request);
        const how = { heartbeatMs, showsLog, stalledReaderMs, logger };
        writeStream(response, events, { format: serverSentEvents, isNumbered: true, ...how });
      },
    },
    stop: {
      path: '/runs/stop',
      methods: ['POST', 'OPTIONS'],
      isFile: false,
      async handle(request, response, call) {
        const read = async () => {
          useRawBody(request, maxStopBytes);
          return (await readJson(request, limits)).value;
        };
        const stopped = await server.stopRuns(read, caller(request, response, call));
        if (!response.headersSent) sendJson(response, 200, stopped);
      },
    },
  };
}
