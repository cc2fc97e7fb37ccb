import { createMCPClient } from '@ai-sdk/mcp';
import { Agent, MCPServerStreamableHttp, run } from '@openai/agents';
import { type LanguageModel, stepCountIs, streamText, type ToolSet } from 'ai';
import type { HookEvents, RespondTurn } from 'chatkit-express';
import { AgentContext, recentItems, streamAgentResponse, toAgentInput } from 'chatkit-express/agents';
import { streamTextResult, toModelMessages } from 'chatkit-express/ai-sdk';
import { streamResponse, ThreadItemConverter } from 'chatkit-express/openai';
import type OpenAI from 'openai';

type Turn = RespondTurn<unknown>;

export function withAiSdk(model: LanguageModel) {
  // #region ai-sdk
  async function* respond(turn: Turn): HookEvents {
    const transport = { type: 'http' as const, url: 'https://mcp.example.com/mcp' };
    const mcp = await createMCPClient({ transport });
    try {
      const tools: ToolSet = await mcp.tools();
      const messages = await toModelMessages(await recentItems(turn), turn);
      const result = streamText({ model, messages, tools, stopWhen: stepCountIs(8), abortSignal: turn.signal });
      yield* streamTextResult(turn, result, { tools, remember: true });
    } finally {
      await mcp.close(); // also after Stop
    }
  }
  // #endregion
  return respond;
}

export function withAgents() {
  // #region agents
  const server = new MCPServerStreamableHttp({ name: 'Handbook', url: 'https://mcp.example.com/mcp' });
  const agent = new Agent<AgentContext>({ name: 'Assistant', mcpServers: [server] });

  async function* respond(turn: Turn): HookEvents {
    await server.connect();
    const chat = new AgentContext(turn);
    const input = await toAgentInput(await recentItems(turn), turn);
    yield* streamAgentResponse(chat, await run(agent, input, { context: chat, stream: true, signal: turn.signal }));
  }
  // #endregion
  return respond;
}

export function hosted(client: OpenAI) {
  // #region hosted
  async function* respond(turn: Turn): HookEvents {
    const input = await new ThreadItemConverter(turn).toResponseInput(await recentItems(turn));
    const stream = await client.responses.create(
      {
        model: 'gpt-4.1-mini',
        input,
        tools: [
          {
            type: 'mcp',
            server_label: 'handbook',
            server_url: 'https://mcp.example.com/mcp',
            require_approval: 'never',
          },
        ],
        stream: true,
      },
      { signal: turn.signal },
    );
    yield* streamResponse(turn, stream, { tools: true });
  }
  // #endregion
  return respond;
}
