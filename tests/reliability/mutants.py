"""Files as a stranger, a torn download or an editor leaves them: seeded changes of good ones."""

import copy
import json
import random
import struct
from typing import Any

_NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 2, 7, 2**31, 2**63, 10**18, 10**40, -(10**18), 0.5, -0.0, 1e308, 1e-320),
    *(float("nan"), float("inf"), float("-inf")),
)
_WORDS = (
    *("", " ", "null", "0", "NaN", "../../../escaped", "/dev/zero", "a" * 5000, "\x1b]0;owned\x07\x1b[2J"),
    *(
        "\u202egnp.exe",
        "\x00",
        "\ud800",
        "{{ 1/0 }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "模型\n名",
    ),
    *("llama", "__class__", "%s%n", "LlamaForCausalLM", "bf16", "chatglm", "int8"),
)
_ODD: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": {}}, [None], *_NUMBERS, *_WORDS)


def json_mutant(value: Any, dice: random.Random, changes: int | None = None) -> Any:
    """A copy with one to four changes: an odd value, a missing or foreign entry, a repeated or deep one."""
    value = copy.deepcopy(value)
    for _ in range(changes or dice.choice((1, 1, 1, 2, 4))):
        places = _places(value)
        if not places:
            return dice.choice(_ODD)
        holder, key = dice.choice(places)
        act = dice.randrange(7)
        if act < 3:
            holder[key] = copy.deepcopy(dice.choice(_ODD))
        elif act == 3 and isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            holder[key] = dice.choice(
                (holder[key] * -1, holder[key] * 1000003, holder[key] + 1, str(holder[key]))
            )
        elif act == 4 and isinstance(holder, dict):
            del holder[key]
        elif act == 5:
            deep: Any = holder[key]
            for _ in range(dice.choice((1, 3, 120, 3000))):
                deep = [deep] if dice.random() < 0.5 else {"x": deep}
            holder[key] = deep
        elif isinstance(holder, list):
            holder.extend(copy.deepcopy(holder[-3:]) * dice.choice((1, 50)))
        else:
            holder[dice.choice(_WORDS)] = copy.deepcopy(dice.choice(_ODD))
    return value


def json_text(value: Any, dice: random.Random) -> bytes:
    """It in writing, now and then torn or not quite JSON."""
    text = _written(value).encode("utf-8", "surrogatepass")
    act = dice.randrange(12)
    if act == 0:
        return byte_mutant(text, dice)
    if act == 1:
        return b"\xef\xbb\xbf" + text
    if act == 2:
        return text.decode("utf-8", "replace").encode("utf-16")
    return text


def byte_mutant(data: bytes, dice: random.Random) -> bytes:
    """Torn, flipped, doubled or filled up."""
    bytes_ = bytearray(data)
    for _ in range(dice.choice((1, 1, 3, 30))):
        at = dice.randrange(len(bytes_)) if bytes_ else 0
        act = dice.randrange(7)
        if act == 0:
            del bytes_[at:]
        elif act == 1:
            del bytes_[at : at + dice.choice((1, 8, 100))]
        elif act == 2 and bytes_:
            bytes_[at] ^= 1 << dice.randrange(8)
        elif act == 3:
            bytes_[at:at] = dice.randbytes(dice.choice((1, 8, 500)))
        elif act == 4:
            bytes_[at:at] = bytes_[max(0, at - 200) : at]
        elif act == 5:
            bytes_[at : at + 8] = struct.pack("<Q", dice.choice((0, 1, 2**31, 2**63 - 1, 2**64 - 1)))
        else:
            bytes_[at : at + 4] = b"\0" * 4
    return bytes(bytes_)


def line_mutant(text: str, dice: random.Random) -> bytes:
    """A text of lines with some of them gone, doubled, or with another value behind its `=` or comma."""
    lines = text.splitlines()
    for _ in range(dice.choice((1, 2, 5))):
        at = dice.randrange(len(lines)) if lines else 0
        act = dice.randrange(5)
        if not lines or act == 0:
            lines.insert(at, dice.choice(_WORDS))
        elif act == 1:
            del lines[at]
        elif act == 2:
            lines.insert(at, lines[at])
        else:
            name, sign, _ = lines[at].partition("=")
            odd = _written(dice.choice(_ODD))
            lines[at] = f"{name}= {odd}" if sign else lines[at] + dice.choice((",", '"', "]", odd))
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    return byte_mutant(data, dice) if dice.random() < 0.15 else data


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) of a document, as far as it may be written."""
    found, inside = [], [value]
    while inside:
        one = inside.pop()
        items = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, inner in items:
            found.append((one, key))
            if len(found) < 20_000:
                inside.append(inner)
    return found


def _written(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "[" * 20_000 + "]" * 20_000
