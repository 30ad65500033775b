"""Checks the lines of results.jsonl against a JSON Schema, with the standard library alone.

It knows the keywords that our schema uses and refuses a schema with others, so that no constraint
is passed over in silence. Each record is also broken on purpose, to see that the schema can say no.

usage: check_schema.py SCHEMA FILE...
"""

import copy
import json
import re
import sys

KEYWORDS = {"$schema", "$id", "$defs", "$ref", "$comment", "title", "description", "type", "const",
            "enum", "properties", "required", "additionalProperties", "items", "oneOf", "minimum",
            "maximum", "pattern", "minLength"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float),
         "integer": int, "null": type(None)}


def of_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def problems(value, schema, root, where="$"):
    unknown = set(schema) - KEYWORDS
    if unknown:
        sys.exit(f"the schema uses keywords that are not checked: {sorted(unknown)}")
    found = []
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        found += problems(value, target, root, where)
    if "type" in schema and not of_type(value, schema["type"]):
        return [f"{where}: is not of type {schema['type']}"]
    if "const" in schema and value != schema["const"]:
        found.append(f"{where}: is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is not one of {schema['enum']}")
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{where}: below {schema['minimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        found.append(f"{where}: above {schema['maximum']}")
    if "minLength" in schema and len(value) < schema["minLength"]:
        found.append(f"{where}: shorter than {schema['minLength']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, dict):
        members = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                found.append(f"{where}: {name} is missing")
        for name, member in value.items():
            if name in members:
                found += problems(member, members[name], root, f"{where}.{name}")
            elif schema.get("additionalProperties", True) is False:
                found.append(f"{where}: {name} is unknown")
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            found += problems(item, schema["items"], root, f"{where}[{index}]")
    if "oneOf" in schema:
        results = [problems(value, option, root, where) for option in schema["oneOf"]]
        if sum(not result for result in results) != 1:
            nearest = min(results, key=len)
            found += nearest or [f"{where}: more than one alternative fits"]
    return found


def broken(record):
    """Copies of a record, each with one member of some object taken away or renamed."""
    def walk(path, value):
        if isinstance(value, dict):
            for name, member in value.items():
                yield path, name
                yield from walk(path + [name], member)
        elif isinstance(value, list) and value:
            yield from walk(path + [0], value[0])

    for path, name in walk([], record):
        for change in ("drop", "rename", "retype"):
            damaged = copy.deepcopy(record)
            target = damaged
            for step in path:
                target = target[step]
            member = target.pop(name)
            if change == "rename":
                target[name + "_"] = member
            if change == "retype":
                target[name] = {"wrong": 1} if not isinstance(member, dict) else 7
            yield f"{change} {'.'.join(map(str, path + [name]))}", damaged


def check(file, schema):
    with open(file, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    types = [record.get("type") for record in records]
    wrong = []
    if types[:1] != ["run"] or "run" in types[1:]:
        wrong.append("the first record, and no other, is the run's")
    if "summary" in types[:-1]:
        wrong.append("nothing comes after the summary")
    for number, record in enumerate(records, 1):
        wrong += [f"line {number}: {text}" for text in problems(record, schema, schema)]
    for text in wrong:
        print(f"{file}: {text}")
    damaged = [(number, what) for number, record in enumerate(records, 1)
               if number <= 3 or record.get("type") == "summary"
               for what, copied in broken(record) if not problems(copied, schema, schema)]
    for number, what in damaged:
        print(f"{file}: line {number}: the schema accepts: {what}")
    return not wrong and not damaged


def main(arguments):
    with open(arguments[0], encoding="utf-8") as source:
        schema = json.load(source)
    return 0 if all([check(file, schema) for file in arguments[1:]]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
