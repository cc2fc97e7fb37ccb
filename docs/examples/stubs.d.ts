// What the examples use of packages that this one does not install.

declare module 'express-rate-limit' {
  import type { RequestHandler } from 'express';
  export function rateLimit(options: { windowMs: number; limit: number }): RequestHandler;
}

declare module 'jose' {
  export function createRemoteJWKSet(url: URL): () => Promise<unknown>;
  export function jwtVerify(
    jwt: string,
    keys: ReturnType<typeof createRemoteJWKSet>,
    options: { issuer: string; audience: string; requiredClaims: string[] },
  ): Promise<{ payload: { sub?: string; [claim: string]: unknown } }>;
}

declare module '@sentry/node' {
  export * from '@sentry/core';
}

declare module 'winston' {
  interface WinstonLogger {
    log(level: string, message: string, fields: object): void;
  }
  const winston: {
    createLogger(options: { level: string; format: unknown; transports: unknown[] }): WinstonLogger;
    format: { json(): unknown; timestamp(): unknown; combine(...formats: unknown[]): unknown };
    transports: { Console: new () => unknown };
  };
  export default winston;
}

declare module '@mastra/core/agent' {
  export class Agent {
    constructor(config: { id: string; name: string; instructions: string; model: unknown });
    stream(
      messages: import('ai').ModelMessage[],
      options: { abortSignal?: AbortSignal },
    ): Promise<{ fullStream: ReadableStream<{ type: string; runId: string; from: string; payload?: unknown }> }>;
    approveToolCall(call: { runId: string; toolCallId?: string | undefined }): ReturnType<Agent['stream']>;
    declineToolCall(call: { runId: string; toolCallId?: string | undefined }): ReturnType<Agent['stream']>;
  }
}

declare module '@google/genai' {
  interface Chunk {
    text: string | undefined;
    candidates?: { finishReason?: string }[];
    promptFeedback?: { blockReason?: string };
  }
  export class GoogleGenAI {
    constructor(options: { apiKey?: string | undefined });
    models: {
      generateContentStream(request: {
        model: string;
        contents: { role: string; parts: { text: string }[] }[];
        config?: { abortSignal?: AbortSignal };
      }): Promise<AsyncGenerator<Chunk>>;
    };
  }
}

declare module '@ai-sdk/mcp' {
  export function createMCPClient(config: {
    transport: { type: 'http' | 'sse'; url: string; headers?: Record<string, string> };
  }): Promise<{ tools(): Promise<import('ai').ToolSet>; close(): Promise<void> }>;
}

declare module '@langchain/openai' {
  import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
  export class ChatOpenAI {
    constructor(options: { model: string });
    bindTools(tools: object[], options: { parallel_tool_calls: boolean }): Pick<BaseChatModel, 'invoke'>;
  }
}

declare module '@prisma/adapter-pg' {
  export class PrismaPg {
    constructor(pool: import('pg').Pool);
    readonly provider: string;
  }
}

declare module 'drizzle-orm/node-postgres' {
  export interface NodePgDatabase {
    select(): unknown;
  }
}

declare module '@neondatabase/serverless' {
  import { Pool as PgPool } from 'pg';
  export class Pool extends PgPool {}
}

declare module 'knex' {
  export interface Knex {
    client: { acquireConnection(): Promise<unknown>; releaseConnection(connection: unknown): Promise<void> };
  }
}

declare module 'postgres' {
  export interface Sql {
    unsafe(query: string, parameters?: string[]): Promise<object[]>;
    reserve(): Promise<Sql & { release(): void }>;
  }
}
