"""How many configurations are counted exactly: public ones, and every type of transformers.

    python -m tests.bench.configurations [TYPE | causal | image-text | public…]

Public ones are those of `shared/configs`, whose counts were made with the libraries they are for. Of each
type the class's own default configuration is written out as its `config.json`, and what is read back from
that file is compared with the parameters of the class built directly. Seconds are processor time.
"""

import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch
from transformers.models.auto import modeling_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from probes.shapes.bounds import bounded
from probes.shapes.choose import built
from probes.shapes.count import counted
from tests.places import SHARED

VALID: dict[str, dict[str, Any]] = {
    "dots1": {"n_routed_experts": 128, "n_shared_experts": 2, "num_experts_per_tok": 6},
    "hunyuan_vl": {"text_config": {"model_type": "hunyuan_vl_text", "head_dim": 128}},
    "hunyuan_v1_dense": {"head_dim": 128},
    "hunyuan_v1_moe": {"head_dim": 128},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"] * 16},
    "ministral": {"head_dim": 128},
    "nemotron": {"num_key_value_heads": 8},
    "reformer": {"is_decoder": True},
}
"""What the class's own defaults lack to make a model."""
CAUSAL = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING
IMAGES = modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING


def types() -> Iterator[tuple[str, str]]:
    """(kind, type): the causal types, then the further ones that read images too."""
    causal = list(modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)
    images = list(modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
    yield from (("causal", name) for name in causal)
    yield from (("image-text", name) for name in images if name not in causal)


def count(config: dict[str, Any]) -> tuple[int, int, tuple[str, ...]]:
    """(parameters, those of other senses, what is unknown)."""
    read = bounded(json.loads(json.dumps(config)))
    found = counted(built(read), read)
    return found.parameters, found.vision, found.unknown


def public() -> Iterator[tuple[str, bool, str]]:
    """(name, exact, remark) of each public configuration."""
    with (SHARED / "configs" / "expected.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        config = json.loads((SHARED / "configs" / row["name"] / "config.json").read_text("utf-8"))
        whole, vision, unknown = count(config)
        exact = (whole, whole - vision) == (int(row["parameters"]), int(row["parameters_text"]))
        yield row["name"], exact, f"{whole:,} {', '.join(unknown)}"


def of_type(kind: str, name: str) -> tuple[bool, str]:
    """Whether its default configuration is counted exactly, and what there is to say."""
    config_class = CONFIG_MAPPING[name]
    model_class: Any = (CAUSAL if kind == "causal" else IMAGES)[config_class]
    model_class = model_class[0] if isinstance(model_class, tuple | list) else model_class
    try:
        config = config_class(**VALID.get(name, {}))
        text = config.get_text_config(decoder=True)
        with torch.device("meta"):
            direct = model_class._from_config(text if model_class.config_class is type(text) else config)
        wanted = sum(weight.numel() for weight in direct.parameters())
        written = config.to_dict() | {"model_type": name, "architectures": [model_class.__name__]}
        whole, _, unknown = count(written)
    except Exception as error:
        return False, f"{type(error).__name__}: {' '.join(str(error).split())[:150]}"
    return whole == wanted, f"{whole:,} {', '.join(unknown)}" + (
        "" if whole == wanted else f" not {wanted:,}"
    )


def main(only: list[str]) -> None:
    """Print each that is not exact, and the figures."""
    exact, all_of, remarks = Counter[str](), Counter[str](), Counter[str]()
    began = time.process_time()
    if (SHARED / "configs").is_dir() and (not only or "public" in only):
        for name, right, remark in public():
            all_of["public"] += 1
            exact["public"] += right
            if not right:
                print(f"public  {name}: {remark}")
    for kind, name in types():
        if only and not {kind, name} & set(only):
            continue
        right, remark = of_type(kind, name)
        all_of[kind] += 1
        exact[kind] += right
        remarks[kind] += right and "cache" in remark
        if not right or name in only:
            print(f"{kind}  {name}: {remark}", flush=True)
    for kind, number in all_of.items():
        unknown = f", of {remarks[kind]} not the cache" if remarks[kind] else ""
        print(f"{kind}: {exact[kind]} of {number} exact{unknown}")
    print(f"{time.process_time() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
