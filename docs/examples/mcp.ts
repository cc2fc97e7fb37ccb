import { createMCPClient } from '@ai-sdk/mcp';
import { Agent, MCPServerStreamableHttp, run } from '@openai/agents';
import { type LanguageModel, stepCountIs, streamText, type ToolSet } from 'ai';
import type { HookEvents, RespondTurn } from 'chatkit-express';
import { AgentContext, streamAgentResponse } from 'chatkit-express/agents';
import { streamTextResult } from 'chatkit-express/ai-sdk';
import { streamResponse } from 'chatkit-express/openai';
import type OpenAI from 'openai';

type Turn = RespondTurn<unknown>;

export function withAiSdk(model: LanguageModel) {
  // #region ai-sdk
  async function* respond(turn: Turn): HookEvents {
    const transport = { type: 'http' as const, url: 'https://mcp.example.com/mcp' };
    const mcp = await createMCPClient({ transport });
    try {
      const tools: ToolSet = await mcp.tools();
      yield* streamTextResult(
        turn,
        (messages) => streamText({ model, messages, tools, stopWhen: stepCountIs(8), abortSignal: turn.signal }),
        { tools, remember: true },
      );
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
    const { signal } = turn;
    yield* streamAgentResponse(chat, (input) => run(agent, input, { context: chat, stream: true, signal }));
  }
  // #endregion
  return respond;
}

export function hosted(client: OpenAI) {
  // #region hosted
  async function* respond(turn: Turn): HookEvents {
    const handbook = {
      type: 'mcp' as const,
      server_label: 'handbook',
      server_url: 'https://mcp.example.com/mcp',
      require_approval: 'never' as const,
    };
    yield* streamResponse(
      turn,
      (input) => {
        const body = { model: 'gpt-4.1-mini', input, tools: [handbook], stream: true as const };
        return client.responses.create(body, { signal: turn.signal });
      },
      { tools: true },
    );
  }
  // #endregion
  return respond;
}
