// The client tools of this page. The result is sent to the server, which then calls `respond` again.

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
