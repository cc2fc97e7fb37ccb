# Runs each vector's agent with the Python SDK against a server that plays the vector's frames, and writes beside it what
# the reference's `stream_agent_response` makes of them. Dates are left out, and ids are numbered as they appear.
# Run in this folder where `openai-chatkit` is installed, with the names of files to ask about, or for all of them. With
# openai 3 the reference fails at every annotation: use openai 2.30 and openai-agents 0.14 for these.
import asyncio
import json
import sys
import threading
import warnings
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import agents
from agents import Agent, GuardrailFunctionOutput, OutputGuardrail, Runner
from agents.tool import FunctionTool
from chatkit import types, widgets
from chatkit.agents import AgentContext, ClientToolCall, ResponseStreamConverter, accumulate_text, stream_agent_response
from openai import AsyncOpenAI
from pydantic import TypeAdapter

warnings.simplefilter("ignore")
agents.set_tracing_disabled(True)

event_type = TypeAdapter(types.ThreadStreamEvent)


class Context(AgentContext):
    """The reference goes on changing a workflow that waits to be sent. A client that reads at once never sees that."""

    async def stream(self, event):
        await super().stream(event.model_copy(deep=True))


class Provider(ThreadingHTTPServer):
    """Answers the n-th request with the n-th list of frames."""

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers = list(answers)


class Answer(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for frame in self.server.answers.pop(0):
            name = f"event: {frame['type']}\n" if "type" in frame else ""
            self.wfile.write(f"{name}data: {json.dumps(frame)}\n\n".encode())
            self.wfile.flush()
        if self.path.endswith("/chat/completions"):
            self.wfile.write(b"data: [DONE]\n\n")


class Store:
    """As much of a store as is asked for here."""

    def __init__(self, items):
        self.items = items
        self.made = 0

    def generate_item_id(self, kind, _thread, _context):
        self.made += 1
        return f"{kind}-{self.made}"

    async def load_thread_items(self, _thread_id, _after, limit, order, _context):
        items = self.items if order == "asc" else self.items[::-1]
        return types.Page(data=items[:limit], has_more=len(items) > limit)

    async def add_thread_item(self, _thread_id, item, _context):
        self.items.append(item)


def tool(name, script):
    async def invoke(run_context, _arguments):
        context = run_context.context
        for step in script["steps"]:
            await perform(context, step)
            await asyncio.sleep(0.01)  # the reference sends what tools push in any order with the next answer
        return script["returns"]

    return FunctionTool(
        name=name,
        description=name,
        params_json_schema={"type": "object", "properties": {}, "additionalProperties": True},
        on_invoke_tool=invoke,
        strict_json_schema=False,
    )


async def perform(context, step):
    match step:
        case {"stream": event}:
            await context.stream(event_type.validate_python(event))
        case {"widget": widget}:
            await context.stream_widget(TypeAdapter(widgets.WidgetRoot).validate_python(widget))
        case {"startWorkflow": workflow}:
            await context.start_workflow(types.Workflow.model_validate(workflow))
        case {"addTask": task}:
            await context.add_workflow_task(TypeAdapter(types.Task).validate_python(task))
        case {"updateTask": task, "index": index}:
            await context.update_workflow_task(TypeAdapter(types.Task).validate_python(task), index)
        case {"endWorkflow": summary}:
            summary = summary and TypeAdapter(types.WorkflowSummary).validate_python(summary)
            await context.end_workflow(summary, step.get("expanded", False))
        case {"clientTool": call}:
            context.client_tool_call = ClientToolCall(**call)


def build_agent(vector, model):
    async def check(*_):
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)

    tools = vector.get("tools", {})
    made = {
        "model": model,
        "tools": [tool(name, script) for name, script in tools.items()],
            "output_guardrails": [OutputGuardrail(check)] if "guardrail" in vector else [],
    }
    stops = [name for name, script in tools.items() if script.get("stops")]
    if stops:
        made["tool_use_behavior"] = {"stop_at_tool_names": stops}
    agent = Agent(name="first", instructions="answer", **made)
    if vector.get("handoff"):
        agent.handoffs = [Agent(name="second", instructions="answer", model=model)]
    return agent


async def events_of(vector):
    provider = Provider(vector["responses"])
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    client = AsyncOpenAI(base_url=f"http://127.0.0.1:{provider.server_port}/v1", api_key="none", max_retries=0)
    kind = agents.OpenAIChatCompletionsModel if vector.get("api") == "chat" else agents.OpenAIResponsesModel
    agent = build_agent(vector, kind("model", client))
    thread = types.ThreadMetadata(id="thr_1", created_at=datetime.now())
    items = [TypeAdapter(types.ThreadItem).validate_python(item) for item in vector.get("thread", [])]
    for item in items:
        item.created_at = datetime.now()  # the reference takes dates without a zone only
    context = Context(thread=thread, store=Store(items), request_context=None)
    result = Runner.run_streamed(agent, "hello", context=context)
    if "accumulate" in vector:
        widget = TypeAdapter(widgets.WidgetComponent).validate_python(vector["accumulate"])
        stream = accumulate_text(result.stream_events(), widget)
    else:
        converter = ResponseStreamConverter(partial_images=vector.get("partial_images"))
        stream = stream_agent_response(context, result, converter=converter)
    events = []
    try:
        async for event in stream:
            events.append(event.model_dump(mode="json", exclude_none=True))
    except Exception as error:
        return events, type(error).__name__
    finally:
        provider.shutdown()
    return events, None


def numbered(events):
    """The events without dates, their items' ids numbered as they appear."""
    ids = {}
    number = lambda known: ids.setdefault(known, f"item {len(ids) + 1}")
    for event in events:
        if "item" in event:
            event["item"]["id"] = number(event["item"]["id"])
            del event["item"]["created_at"]
        if "item_id" in event:
            event["item_id"] = number(event["item_id"])
    return events


folder = Path(__file__).parent
for path in [folder / name for name in sys.argv[1:]] or sorted(folder.glob("*.json")):
    if path.name == "differences.json":
        continue
    vectors = json.loads(path.read_text())["vectors"]
    for vector in vectors:
        vector.pop("error", None)
        events, error = asyncio.run(asyncio.wait_for(events_of(vector), 10))
        vector["events"] = numbered(events)
        if error:
            vector["error"] = error
    names = ["openai-chatkit", "openai-agents", "openai"]
    reference = ", ".join(f"{name} {version(name)}" for name in names)
    lines = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors)
    path.write_text(f'{{"reference": {json.dumps(reference)}, "vectors": [\n{lines}\n]}}\n')
