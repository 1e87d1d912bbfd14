"""Changes a policy bundle's description, `policy.json`."""

import hashlib
import json
from pathlib import Path


def describe(bundle: Path, **changes: object) -> None:
    """Changes `policy.json` and corrects its hashes, as a forger would."""
    file = bundle / "policy.json"
    values = json.loads(file.read_text())
    for key, change in changes.items():
        inner = isinstance(change, dict) and isinstance(values.get(key), dict)
        values[key] = values[key] | change if inner else change
    values["onnx_sha256"] = hashlib.sha256((bundle / "policy.onnx").read_bytes()).hexdigest()
    values.pop("json_sha256")
    text = json.dumps(values, sort_keys=True)
    values["json_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    file.write_text(json.dumps(values))
