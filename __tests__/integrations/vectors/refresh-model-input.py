# Asks the Python reference what input it makes of each vector's items and writes the answer beside them.
# Run in this folder where `openai-chatkit` and `openai-agents` are installed.
import asyncio
import json
from importlib.metadata import version
from pathlib import Path

from chatkit.agents import ThreadItemConverter
from chatkit.types import ThreadItem
from pydantic import BaseModel, TypeAdapter


class Converter(ThreadItemConverter):
    """The reference has no text of its own for tags: this is the one that the test gives to ours."""

    async def tag_to_message_content(self, tag):
        return {"type": "input_text", "text": f"tag {tag.id}: {tag.text}"}


def plain(value):
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


path = Path(__file__).parent / "model-input.json"
vectors = json.loads(path.read_text())["vectors"]
adapter = TypeAdapter(list[ThreadItem])
for vector in vectors:
    vector.pop("input", None)
    vector.pop("refused", None)
    try:
        items = adapter.validate_python(vector["items"])
        vector["input"] = plain(asyncio.run(Converter().to_agent_input(items)))
    except NotImplementedError:
        vector["refused"] = True
reference = f"openai-chatkit {version('openai-chatkit')}"
path.write_text(json.dumps({"reference": reference, "vectors": vectors}, ensure_ascii=False, indent=1) + "\n")
