// The types of routes, and of the options that their handlers need.
import type { Request, Response } from 'express';
import type { Logger } from '../logger';
import type { RequestObservation } from '../server';

/** The options that the adapter for Express needs. */
export interface HttpOptions<TContext> {
  context?(request: Request, response: Response): Promise<TContext> | TContext;
  transcribe?: unknown;
  maxBodyBytes: number;
  maxAudioBytes: number;
  heartbeatMs: number;
  logger: Logger;
  loggerOf?: ((request: Request) => Logger) | undefined;
  refusals: 'stream' | 'status';
  exposeErrors?: boolean | undefined;
  attachmentStore?: unknown;
  runs: { limits: { stalledReaderMs?: number | undefined } };
  uploads: { publicUrl?: string };
}

/** A request, as the router knows it. */
export interface RouteCall {
  /** The decoded last segment of the path. */
  id: string;
  /** The request in the log, and for the observer. */
  observed: RequestObservation;
}

/** A path and its handlers. */
export interface Route {
  /** The path in the syntax of Express. */
  path: string;
  methods: readonly string[];
  /** True when the request's body is a file. The rest of a file can be very long, and a refusal does not read it. */
  isFile: boolean;
  /** The operation, for the observer. Undefined for the requests of the protocol, which name their type. */
  operation?: string;
  handle(request: Request, response: Response, call: RouteCall): Promise<void>;
}

/** Finds the route of a path. `id` is the decoded last segment. It is undefined when the segment cannot be decoded. */
export type FindRoute = (path: string) => { route: Route; id: string | undefined } | undefined;
