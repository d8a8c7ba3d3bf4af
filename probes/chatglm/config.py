"""What a published ChatGLM directory is: its family and shapes, from `config.json` and without its code."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from catalog.models.architectures import LATER_CHATGLM
from catalog.problem import Problem
from probes.bounds.small_files import small_text
from probes.checkpoint.target import read_config

EARLY_VOCABULARY = 150528
"""ChatGLM-6B's first release, whose lowest 20,000 ids were set aside for image tokens."""
FINAL_VOCABULARY = 130528
IMAGE_TOKENS = EARLY_VOCABULARY - FINAL_VOCABULARY
LARGEST_SECOND_VOCABULARY = 65024
"""ChatGLM2's and 3's padded vocabulary; GLM-4 (151,552) uses the same config keys and another tokenizer."""

_FIRST = ("vocab_size", "hidden_size", "num_layers", "num_attention_heads", "inner_hidden_size")
_SECOND = (
    "padded_vocab_size", "hidden_size", "num_layers", "num_attention_heads", "ffn_hidden_size",
    "multi_query_group_num", "kv_channels",
)  # fmt: skip
_ROLE = "<|assistant|>"
CONVERTED_KEY = "chatglm_family"
"""Names the family in the `config.json` of a directory that `convert` wrote as Glm."""


class Family(StrEnum):
    """The three generations that are read."""

    FIRST = "chatglm-6b"
    SECOND = "chatglm2-6b"
    THIRD = "chatglm3-6b"


_COMMANDS = ("[MASK]", "[gMASK]", "[sMASK]", "sop", "eop")
COMMANDS = {
    Family.FIRST: (),
    Family.SECOND: _COMMANDS,
    Family.THIRD: (*_COMMANDS, "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"),
}
"""Special tokens that are numbered on from the end of the vocabulary file, unless it holds them itself."""


@dataclass(frozen=True)
class Published:
    """A published `config.json`, checked: sizes in elements, `options` the file as it is."""

    family: Family
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    options: Mapping[str, Any]

    @property
    def epsilon(self) -> float:
        """Added to the variance in every norm."""
        return float(self.options.get("layernorm_epsilon", 1e-5))

    @property
    def dtype(self) -> str:
        """The stored dtype's name, as in `torch.float16`."""
        return str(self.options.get("torch_dtype", "float16"))


def is_published(options: Mapping[str, Any]) -> bool:
    """Whether a `config.json` is one of the ChatGLM line, or of a fourth kind that calls itself so."""
    return options.get("model_type") == "chatglm"


def is_chatglm(directory: Path | str) -> bool:
    """The same of the `config.json` in a directory; False where none can be read."""
    try:
        return is_published(read_config(Path(directory)))
    except Problem:
        return False


def is_converted(directory: Path | str) -> bool:
    """Whether `convert` wrote the directory as an ordinary Glm checkpoint."""
    return CONVERTED_KEY in read_config(Path(directory))


def has_own_dialogues(directory: Path | str) -> bool:
    """Whether dialogues are put in the family's own way, for which there is no template file."""
    try:
        options = read_config(Path(directory))
    except Problem:
        return False
    return is_published(options) or CONVERTED_KEY in options


def read(directory: Path | str) -> Published:
    """The published configuration in `directory`, fit to be loaded.

    Raises Problem("chatglm-quantized-unsupported"), Problem("chatglm-kind-unsupported", field=),
    Problem("chatglm-prefix-unsupported"), Problem("config-missing") and Problem("config-unreadable").
    """
    return check(read_config(Path(directory)), Path(directory))


def check(options: Mapping[str, Any], directory: Path) -> Published:
    """The published configuration `options`; `directory` need not be there. Problems: those of `read`."""
    if not is_published(options):
        raise _other_kind(directory, "model_type", options.get("model_type"))
    if options.get("quantization_bit"):
        raise Problem(
            "chatglm-quantized-unsupported", path=str(directory), bits=int(options["quantization_bit"])
        )
    if options.get("pre_seq_len"):
        raise Problem("chatglm-prefix-unsupported", path=str(directory), tokens=int(options["pre_seq_len"]))
    published = (
        _first(directory, options) if "inner_hidden_size" in options else _second(directory, options)
    )
    if published.hidden % published.heads or published.heads % published.kv_heads:
        raise _other_kind(directory, "num_attention_heads", published.heads)
    return published


def family_of(directory: Path | str) -> Family:
    """The family alone; enough for the tokenizer, so quantized directories are named too.

    ChatGLM2 and 3 have the same `config.json`: what tells them apart is where chat roles are named.
    """
    directory = Path(directory)
    options = read_config(directory)
    if options.get(CONVERTED_KEY) in set(Family):
        return Family(options[CONVERTED_KEY])
    if "inner_hidden_size" in options:
        return Family.FIRST
    if "ffn_hidden_size" in options:
        return Family.THIRD if _has_roles(directory, options) else Family.SECOND
    raise _other_kind(directory, "ffn_hidden_size", None)


def _first(directory: Path, options: Mapping[str, Any]) -> Published:
    sizes = _sizes(directory, options, _FIRST)
    if options.get("position_encoding_2d", True) is not True:
        raise _other_kind(directory, "position_encoding_2d", options["position_encoding_2d"])
    heads = sizes["num_attention_heads"]
    return Published(
        family=Family.FIRST,
        layers=sizes["num_layers"],
        hidden=sizes["hidden_size"],
        intermediate=sizes["inner_hidden_size"],
        heads=heads,
        kv_heads=heads,
        head_dim=sizes["hidden_size"] // heads,
        vocabulary=sizes["vocab_size"],
        options=options,
    )


def _second(directory: Path, options: Mapping[str, Any]) -> Published:
    sizes = _sizes(directory, options, _SECOND)
    for field, expected in LATER_CHATGLM.fixed.items():
        if options.get(field, expected) is not expected:
            raise _other_kind(directory, field, options[field])
    if sizes["padded_vocab_size"] > LARGEST_SECOND_VOCABULARY:
        raise _other_kind(directory, "padded_vocab_size", sizes["padded_vocab_size"])
    return Published(
        family=Family.THIRD if _has_roles(directory, options) else Family.SECOND,
        layers=sizes["num_layers"],
        hidden=sizes["hidden_size"],
        intermediate=sizes["ffn_hidden_size"],
        heads=sizes["num_attention_heads"],
        kv_heads=sizes["multi_query_group_num"],
        head_dim=sizes["kv_channels"],
        vocabulary=sizes["padded_vocab_size"],
        options=options,
    )


def _sizes(directory: Path, options: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, int]:
    for field in fields:
        value = options.get(field)
        if not isinstance(value, int) or value <= 0:
            raise _other_kind(directory, field, value)
    return {field: int(options[field]) for field in fields}


def _has_roles(directory: Path, options: Mapping[str, Any]) -> bool:
    """Whether this is ChatGLM3: by its name, else by a tokenizer file that mentions the role tokens.

    The tokenizer's Python file is searched as text; it is never run.
    """
    described = small_text(directory / "tokenizer_config.json")
    names = (str(options.get("_name_or_path", "")) + described).lower()
    if "chatglm3" in names or _ROLE in described:
        return True
    if "chatglm2" in names:
        return False
    if _ROLE in small_text(directory / "tokenization_chatglm.py"):
        return True
    return "chatglm3" in directory.resolve().name.lower()


def _other_kind(directory: Path, field: str, value: object) -> Problem:
    return Problem("chatglm-kind-unsupported", path=str(directory), field=field, value=str(value))
