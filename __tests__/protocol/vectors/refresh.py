# Asks the Python reference what it makes of each vector's input and writes the answer beside it.
# Run in this folder where `openai-chatkit` is installed, then format the files with prettier.
import json
import warnings
from importlib.metadata import version
from pathlib import Path

from chatkit import types
from pydantic import TypeAdapter, ValidationError

warnings.simplefilter("ignore")

for path in sorted(Path(__file__).parent.glob("*.json")):
    vectors = json.loads(path.read_text())["vectors"]
    for vector in vectors:
        vector.pop("output", None)
        vector.pop("refused", None)
        adapter = TypeAdapter(getattr(types, vector["type"]))
        try:
            value = adapter.validate_python(vector["input"])
            vector["output"] = adapter.dump_python(value, mode="json", exclude_none=True)
        except ValidationError:
            vector["refused"] = True
    reference = f"openai-chatkit {version('openai-chatkit')}, pydantic {version('pydantic')}"
    path.write_text(json.dumps({"reference": reference, "vectors": vectors}, ensure_ascii=False) + "\n")
