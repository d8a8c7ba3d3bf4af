"""What the bundled catalog knows of models that no formula counts: `catalog/models/counted.json`.

    python -m tests.bench.count_catalog FOLDER [FOLDER...]

`FOLDER` holds configurations, NAME.json or NAME/config.json, by the names that rows of
`catalog/models/models.toml` give as `shapes`; those rows say where each is published. What the file
already knows of other names stays.
"""

import json
import sys
from pathlib import Path

from catalog.models.registry import COUNTED
from probes.shapes.bounds import bounded
from probes.shapes.choose import built
from probes.shapes.count import counted


def main(folders: list[Path]) -> None:
    known = json.loads(COUNTED.read_text("utf-8")) if COUNTED.exists() else {}
    for folder in folders:
        for file in sorted([*folder.glob("*.json"), *folder.glob("*/config.json")]):
            name = file.parent.name if file.name == "config.json" else file.stem
            config = bounded(json.loads(file.read_text("utf-8")))
            record = counted(built(config), config)
            known[name] = record.to_json()
            print(f"{name}: {record.class_name}, {record.parameters:,}", record.vision, record.unknown)
    lines = (
        f"{json.dumps(name)}: {json.dumps(known[name], separators=(',', ':'))}" for name in sorted(known)
    )
    COUNTED.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]])
