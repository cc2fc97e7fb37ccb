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
  runs: { limits: { stalledReaderMs?: number | undefined } };
  uploads: { publicUrl?: string };
}

/** A path and its handlers. */
export interface Route {
  /** The path in the syntax of Express. */
  path: string;
  methods: readonly string[];
  /** True when the request's body is a file. The rest of a file can be very long, and a refusal does not read it. */
  isFile: boolean;
  handle(request: Request, response: Response, id: string): Promise<void>;
}

/** Finds the route of a path. `id` is the decoded last segment. It is undefined when the segment cannot be decoded. */
export type FindRoute = (path: string) => { route: Route; id: string | undefined } | undefined;
