// What the assistant may ask of this page. The answer goes back to the server, whose `respond` then goes on.

type ToolCall = { name: string; params: Record<string, unknown> };

const tools: Record<string, (params: Record<string, unknown>) => Record<string, unknown>> = {
  get_page_title: () => ({ title: document.title }),
  get_window_size: () => ({ width: window.innerWidth, height: window.innerHeight }),
};

export function runClientTool({ name, params }: ToolCall): Record<string, unknown> {
  const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
  // An answer is owed: without one the thread waits for it.
  return tool ? tool(params) : { error: `This page has no tool ${name}` };
}
