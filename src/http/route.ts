// The types of routes, and of the options that their handlers need.
import type { Request, Response } from 'express';
import type { Logger } from '../logger';

/** The options that the adapter for Express needs. */
export interface HttpOptions<TContext> {
  context?(request: Request, response: Response): Promise<TContext> | TContext;
  transcribe?: unknown;
  maxBodyBytes: number;
  maxAudioBytes: number;
  heartbeatMs: number;
  logger: Logger;
  refusals: 'stream' | 'status';
  exposeErrors?: boolean | undefined;
  attachmentStore?: unknown;
  uploads: { publicUrl?: string };
}

/** A path and what can be done there. */
export interface Route {
  /** As Express writes it. */
  path: string;
  methods: readonly string[];
  /** The request's body is a file: the rest of it can be very long, and a refusal need not read it. */
  isFile: boolean;
  handle(request: Request, response: Response, id: string): Promise<void>;
}

/** Finds the route of a path. `id` is the decoded last segment, undefined where it cannot be decoded. */
export type FindRoute = (path: string) => { route: Route; id: string | undefined } | undefined;
