"""Records what Jinja2 makes of the templates of the tests.

    pip install jinja2 && python3 record-jinja.py

Each case of jinja.json is an expression, whose value is printed with `tojson`, or a whole template that prints JSON;
each of templates.json is a file of ../templates and data for it. `expected` is what came out, `error` the class of the
exception if one came instead. The environment is that of the ChatKit server for Python: StrictUndefined, nothing else.
"""

import json
from pathlib import Path

from jinja2 import Environment, StrictUndefined

here = Path(__file__).parent
environment = Environment(undefined=StrictUndefined)


def answer(template, data):
    try:
        return {"expected": json.loads(environment.from_string(template).render(**data), parse_constant=refuse)}
    except Exception as error:
        return {"error": type(error).__name__}


def refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def refresh(name, template_of):
    path = here / name
    lines = []
    for case in json.loads(path.read_text("utf-8")):
        asked = {key: value for key, value in case.items() if key not in ("expected", "error")}
        # A copy, since a template may change the lists of its data.
        data = json.loads(json.dumps(asked["data"]))
        lines.append(json.dumps({**asked, **answer(template_of(case), data)}, ensure_ascii=False))
    path.write_text("[\n  " + ",\n  ".join(lines) + "\n]\n", "utf-8")


def widget_of(case):
    if "expression" in case:
        return '{"type":"Card","value":{{ (' + case["expression"] + ") | tojson }}}"
    return case["template"]


refresh("jinja.json", widget_of)
refresh("templates.json", lambda case: json.loads((here / "../templates" / case["file"]).read_text("utf-8"))["template"])
