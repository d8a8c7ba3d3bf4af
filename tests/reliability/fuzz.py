"""Strangers' files and one's own, damaged at random: one sentence and exit 2, or an answer; never more.

Each input has a bound of memory and of a processor's time. A case is a few inputs of one kind.
"""

import json
import random
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from tests.places import DEMO, FIXTURES, SAMPLE, SHARED
from tests.reliability import contract
from tests.reliability.case import Case, Found
from tests.reliability.kills import VICTIMS, tiny
from tests.reliability.mutants import byte_mutant, json_mutant, json_text, line_mutant
from tests.reliability.programs import forked, settings, started

BATCH = 8
"""Inputs of a case."""
Words = tuple[object, ...]
_MODEL = DEMO / "demo-llama-s"
_SCORE = ("--levels", "bf16,nf4", "--windows", "2", "--device", "cpu")


def _model(place: Path) -> Path:
    return Path(shutil.copytree(_MODEL, place / "model"))


def _configuration(place: Path, dice: random.Random) -> Words:
    several = [_MODEL / "config.json", *sorted((FIXTURES / "configs").glob("*[a-zA-Z].json"))]
    several += sorted((SHARED / "configs").glob("*/config.json")) + sorted(
        (FIXTURES / "chatglm").glob("*/config.json")
    )
    source = dice.choice([one for one in several if one.name != "expected.json"])
    alone = dice.random() < 0.7
    folder = place / "model"
    if alone:
        folder.mkdir()
    else:
        folder, source = _model(place), _MODEL / "config.json"
    config = json_mutant(json.loads(source.read_text("utf-8")), dice)
    (folder / "config.json").write_bytes(json_text(config, dice))
    if not alone and dice.random() < 0.6:
        return ("perplexity", folder, *_SCORE)
    return ("plan", folder, "--budget", "24GiB")


def _header(place: Path, dice: random.Random) -> Words:
    folder = _model(place)
    weights = folder / "model.safetensors"
    data = weights.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    if dice.random() < 0.3:
        weights.write_bytes(byte_mutant(data[: 8 + size], dice) + data[8 + size :])
    else:
        header = json_text(json_mutant(json.loads(data[8 : 8 + size]), dice), dice)
        said = len(header) if dice.random() < 0.8 else dice.choice((0, 1, 2**40, 2**63, len(header) - 3))
        weights.write_bytes(struct.pack("<Q", said) + header + data[8 + size :])
    return ("plan", folder) if dice.random() < 0.3 else ("perplexity", folder, *_SCORE)


def _index(place: Path, dice: random.Random) -> Words:
    folder = _model(place)
    data = (folder / "model.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    names = [name for name in json.loads(data[8 : 8 + size]) if name != "__metadata__"]
    shard = "model-00001-of-00001.safetensors"
    (folder / "model.safetensors").rename(folder / shard)
    index = {"metadata": {"total_size": len(data)}, "weight_map": dict.fromkeys(names, shard)}
    place_of = folder / "model.safetensors.index.json"
    place_of.write_bytes(json_text(json_mutant(index, dice), dice))
    return ("plan", folder) if dice.random() < 0.3 else ("perplexity", folder, *_SCORE)


def _tokenizer(place: Path, dice: random.Random) -> Words:
    folder = _model(place)
    name = dice.choice(("tokenizer.json", "tokenizer.json", "tokenizer_config.json", "added_tokens.json"))
    path = folder / name
    value = json.loads(path.read_text("utf-8")) if path.is_file() else {"<extra>": 4096, "<more>": 4097}
    path.write_bytes(json_text(json_mutant(value, dice), dice))
    return _tokenizer_command(folder, dice)


def _tokenizer_command(folder: Path, dice: random.Random) -> Words:
    if dice.random() < 0.25:
        return ("vocab", folder, "--text", SAMPLE, "--add", "100", "--out", folder.parent / "merged")
    return ("tokenizers", folder, "--text", SAMPLE)


def _vocabulary_file(place: Path, dice: random.Random) -> Words:
    folder = place / "model"
    folder.mkdir()
    if dice.random() < 0.5:
        (folder / "tokenizer.model").write_bytes(byte_mutant(_sentencepiece(), dice))
    else:
        lines = "".join(f"{_base64(bytes([n]))} {n}\n" for n in range(256))
        lines += "".join(
            f"{_base64(pair)} {256 + n}\n" for n, pair in enumerate((b"th", b"he", b"in", b"er"))
        )
        (folder / "qwen.tiktoken").write_bytes(line_mutant(lines, dice))

    return _tokenizer_command(folder, dice)


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


@cache
def _sentencepiece() -> bytes:
    import io

    import sentencepiece

    file = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SAMPLE.read_text("utf-8").splitlines()),
        model_writer=file,
        vocab_size=1500,
        hard_vocab_limit=False,
        model_type="bpe",
        byte_fallback=True,
        character_coverage=0.98,
        minloglevel=2,
        num_threads=1,
    )
    return file.getvalue()


_ROWS: tuple[Any, ...] = (
    {"instruction": "Name a {}.", "input": "", "output": "The {} is red."},
    {"conversations": [{"from": "human", "value": "A {}?"}, {"from": "gpt", "value": "Yes, {}."}]},
    {"messages": [{"role": "user", "content": "A {}?"}, {"role": "assistant", "content": "Yes, {}."}]},
    {"content": "类型#{}", "summary": "{}很好。"},
    {"question": "How many {}?", "sql": "SELECT count(*) FROM {}"},
)


def _dataset(place: Path, dice: random.Random) -> Words:
    shared = [file for file in sorted((SHARED / "cases" / "data").glob("*/*")) if file.suffix in _KINDS]
    if shared and dice.random() < 0.4:
        source = dice.choice(shared)
        data = source.read_bytes()[:200_000]
        if source.suffix == ".parquet" or dice.random() < 0.3:
            data = byte_mutant(data, dice)
        else:
            data = line_mutant(data.decode("utf-8", "replace"), dice)
        path = place / source.name
    else:
        shape = json.dumps(dice.choice(_ROWS), ensure_ascii=False)
        rows = [json.loads(shape.replace("{}", word)) for word in ("stone", "河流", "tower", "cloud") * 12]
        odd = dice.choice((0.02, 0.1, 0.5))
        mutants = [json_mutant(row, dice, 1) if dice.random() < odd else row for row in rows]
        path, data = _written_rows(mutants, place, dice)
    path.write_bytes(data)
    return (
        *("trial", tiny(), "--data", path, "--level", "bf16", "--examples", "8", "--samples", "0"),
        *("--out", place / "made", "--device", "cpu"),
    )


_KINDS = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".txt")


def _written_rows(rows: list[Any], place: Path, dice: random.Random) -> tuple[Path, bytes]:
    act = dice.randrange(4)
    if act == 0:
        return place / "rows.json", json_text(rows, dice)
    if act == 1:
        flat = [row for row in rows if isinstance(row, dict)]
        columns = list(flat[0]) if flat else ["a"]
        lines = [",".join(columns)] + [",".join(f'"{row.get(one)}"' for one in columns) for row in flat]
        return place / "rows.csv", line_mutant("\n".join(lines), dice)
    lines = [json.dumps(row, ensure_ascii=dice.random() < 0.5) for row in rows]
    if dice.random() < 0.3:
        return place / "rows.jsonl", line_mutant("\n".join(lines), dice)
    return place / "rows.jsonl", "\n".join(lines).encode("utf-8", "surrogatepass")


def _text(place: Path, dice: random.Random) -> Words:
    text = SAMPLE.read_text("utf-8")[: dice.choice((0, 1, 50, 3000, 30_000))]
    act = dice.randrange(6)
    data = text.encode(dice.choice(("utf-8", "gb18030", "utf-16", "utf-8-sig", "utf-32")))
    if act == 0:
        data = byte_mutant(data, dice)
    elif act == 1:
        data = dice.choice((b"\0", b"\n", b"a", b"\xe8\x8c", b"\x1b[2J", b"\xf0\x9f\x98\x80")) * 30_000
    elif act == 2:
        data = dice.randbytes(20_000)
    elif act == 3:
        data = (text + "\x1b]0;owned\x07\u202e\x00" * 40).encode()
    path = place / dice.choice(("text.txt", "te\x1b[31mxt.txt", "文\u202etxt.md"))
    path.write_bytes(data)
    if dice.random() < 0.4:
        return ("perplexity", "demo-llama-s", "--text", path, *_SCORE)
    return ("tokenizers", "demo-llama-s", "--text", path)


_MODELS = """[model.mine]
hub_id = "me/mine"
architecture = "llama"
licence = "mine"
commercial = true
layers = 2
hidden = 128
intermediate = 384
heads = 4
kv_heads = 2
vocabulary = 4096
context = 2048
released = "2024-01-01"
languages = ["zh", "en"]
source = "me"

[model.other]
hub_id = "me/other"
from = "llama-2-7b"
"""
_PRICES = """[[hosted]]
name = "mine"
training = 8.0
input = 3.0
output = 6.0
date = "2024-02-02"
source = "me"

[[card]]
name = "my-card"
hour = 0.475
date = ""
source = "me"
"""


def _tables(place: Path, dice: random.Random) -> Words:
    home = place / "home"
    home.mkdir()
    if dice.random() < 0.6:
        (home / "models.toml").write_bytes(line_mutant(_MODELS, dice))
        return dice.choice(
            (("models", "--budget", "24GiB"), ("plan", "mine"), ("recommend", "--budget", "24GiB"))
        )
    (home / "prices.toml").write_bytes(line_mutant(_PRICES, dice))
    return ("cost", "--tokens", "1000000", "--hosted", "mine")


def _gguf(place: Path, dice: random.Random) -> Words:
    """basefit scores no GGUF files: it says so of good ones and of bad ones."""
    folder = place / "model"
    folder.mkdir()
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    for name, value in (("general.architecture", "llama"), ("general.name", "mine")):
        header += struct.pack("<Q", len(name)) + name.encode()
        header += struct.pack("<IQ", 8, len(value)) + value.encode()
    file = folder / "model-q4_k_m.gguf"
    file.write_bytes(byte_mutant(header + bytes(4096), dice))
    if dice.random() < 0.5:
        shutil.copy(_MODEL / "config.json", folder)
    target = folder if dice.random() < 0.7 else file
    command = dice.choice(("plan", "perplexity", "tokenizers"))
    return (command, target, *(_SCORE if command == "perplexity" else ()))


def _gptq(place: Path, dice: random.Random) -> Words:
    source = dice.choice(sorted(one for one in (FIXTURES / "gptq").iterdir() if one.is_dir()))
    folder = Path(shutil.copytree(source, place / "model"))
    file = dice.choice(sorted(folder.iterdir()))
    if file.suffix == ".json":
        file.write_bytes(json_text(json_mutant(json.loads(file.read_text("utf-8")), dice), dice))
    else:
        data = file.read_bytes()
        file.write_bytes(byte_mutant(data[:3000], dice) + data[3000:])
    return ("plan", folder)


_ASKED = {
    "budget": "24GiB",
    "use": "infer",
    "context": 2048,
    "batch": 1,
    "language": "zh",
    "task": "general",
    "commercial": False,
    "min_speed": 0.0,
    "hours": 2.0,
    "money": 3.0,
    "gpu_hour": 0.5,
    "candidates": ["demo-llama-s"],
    "levels": ["bf16", "nf4"],
    "engine": "",
    "prefill": "",
    "kv_bits": 16,
    "offload": "",
    "trainer": "basefit",
    "windows": 4,
    "examples": 256,
    "text": None,
    "data": None,
}


def _request(place: Path, dice: random.Random) -> Words:
    folder = place / "home" / "requests"
    folder.mkdir(parents=True)
    mutant = json_mutant(_ASKED, dice)
    items = mutant.items() if isinstance(mutant, dict) else {"budget": mutant}.items()
    lines = [f"{json.dumps(str(key))} = {json.dumps(value)}" for key, value in items if value is not None]
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    (folder / "mine.toml").write_bytes(line_mutant(data.decode(), dice) if dice.random() < 0.3 else data)
    return ("recommend", "--request", "mine")


def _options(place: Path, dice: random.Random) -> Words:
    """What a person may type by mistake."""
    odd = (
        "9" * 400,
        "-1",
        "nan",
        "inf",
        "1e999",
        "",
        " ",
        "\x1b[31m",
        "\u202e",
        "24GiB",
        "zh:70",
        "a,b",
        "0x10",
    )
    commands = {
        "plan": (
            "--level",
            "--context",
            "--batch",
            "--budget",
            "--rank",
            "--targets",
            "--kv-bits",
            "--prefill",
        ),
        "models": (
            "--budget",
            "--gpu",
            "--use",
            "--context",
            "--language",
            "--kind",
            "--levels",
            "--engine",
        ),
        "cost": ("--tokens", "--epochs", "--hosted", "--gpu-hour", "--hours", "--currency", "--rate"),
        "recommend": (
            "--budget",
            "--min-speed",
            "--hours",
            "--money",
            "--task",
            "--candidates",
            "--request",
        ),
        "runs": ("--limit",),
        "report": ("--run", "--out"),
        "export": ("--to", "--run", "--trial", "--epochs"),
    }
    command = dice.choice(sorted(commands))
    words: list[object] = [command]
    if command == "plan":
        words.append(dice.choice(("qwen2.5-7b", "demo-llama-s", "\x1b]0;x\x07", "../..", "a/b/c", "")))
    for option in dice.sample(commands[command], k=min(len(commands[command]), dice.choice((1, 2)))):
        words += [option, dice.choice(odd)]
    return tuple(words)


def _exchange(place: Path, dice: random.Random) -> Words:
    """Evidence that others send."""
    row = {
        "kind": "perplexity",
        "model": "demo-llama-s",
        "revision": "a" * 16,
        "level": "nf4",
        "key": {"text_sha256": "b" * 64, "windows": 4},
        "values": {"bits_per_byte": 2.0, "kl_nats": 0.1, "windows": [{"bytes": 5, "nats": 3.0}]},
        "provenance": "measured",
    }
    path = place / "theirs.jsonl"
    head = {"schema": 1, "kind": "evidence"}
    path.write_bytes(b"\n".join(json_text(json_mutant(one, dice), dice) for one in (head, row, row)))
    return ("evidence", "import", path)


MAKERS: dict[str, Callable[[Path, random.Random], Words]] = {
    "configuration": _configuration,
    "header": _header,
    "index": _index,
    "tokenizer": _tokenizer,
    "vocabulary-file": _vocabulary_file,
    "dataset": _dataset,
    "text": _text,
    "tables": _tables,
    "gguf": _gguf,
    "gptq": _gptq,
    "request": _request,
    "options": _options,
    "exchange": _exchange,
}


def case(name: str, seed: int, inputs: int = BATCH) -> Case:
    """So many inputs of one kind."""
    return Case("fuzz", name, seed, lambda place: _batch(name, seed, place, inputs))


def _batch(name: str, seed: int, place: Path, inputs: int) -> Found:
    found = Found()
    peaks, times = [0], [0.0]
    for number in range(inputs):
        dice = random.Random(f"{name} {seed} {number}")
        at = place / str(number)
        at.mkdir()
        try:
            words = (MAKERS if name in MAKERS else STATES)[name](at, dice)
        except (UnicodeError, RecursionError):
            continue  # what cannot even be written down
        if callable(words):
            ended = forked(at, words, settings(at), 60.0).wait()
            fine: tuple[int, ...] = (0,)
        else:
            if any("\0" in str(word) for word in words):
                continue  # no system lets that be typed
            ended = started(at, *words).wait()
            fine = (0, 1, 2)
        found.count("inputs")
        found.count(f"exit {ended.status}")
        wrong = contract.faults(ended, fine) + contract.beyond(ended)
        if (at.parent / "escaped").exists():
            wrong.append("a file outside")
        said = " ".join(map(repr, map(str, words))) if not callable(words) else ""
        found.faults += [f"{name} seed {seed} input {number}: {fault} [{said[:200]}]" for fault in wrong]
        peaks.append(ended.peak_bytes >> 20)
        times.append(ended.cpu)
        shutil.rmtree(at, ignore_errors=True)
    found.figures = {"most_mib": max(peaks), "most_cpu_s": round(max(times), 1)}
    return found


def _state(place: Path, dice: random.Random) -> Callable[[], None]:
    """What the app remembers: it starts with it, and what it asks can be asked."""
    home = place / "home"
    home.mkdir()
    usual = {
        "language": "en",
        "theme": "",
        "screen": "verdict",
        "budget": "24GiB",
        "minutes": "20",
        "asked": _ASKED,
    }
    (home / "state.json").write_bytes(json_text(json_mutant(usual, dice), dice))

    def start() -> None:
        from tui.state import load_state

        told: list[Any] = []
        state = load_state(home / "state.json", told.append)
        again = load_state(home / "state.json", told.append)
        assert state == again, "what was set aside is told once"
        assert len(told) <= 1, told
        _ = state.asked.wishes, state.asked.serving

    return start


def _store(place: Path, dice: random.Random) -> Words:
    """The store itself, or rows that an earlier run put by."""
    home = place / "home"
    home.mkdir()
    with closing(Store(home / "evidence.sqlite")) as store:
        run = store.begin("basefit perplexity demo-llama-s", {"targets": ["demo-llama-s"]})
        for level in ("bf16", "nf4", "int8"):
            values = {"bits_per_byte": 2.0, "model": "demo-llama-s"}
            key = {"text_sha256": "t", "windows": 4}
            store.append(Evidence("perplexity", "demo-llama-s", "r" * 16, level, key, values), run)
        store.end(run, RunState.DONE, {})
    act = dice.randrange(3)
    if act == 0:
        row = {
            "evidence": {
                "id": "x" * 12,
                "run": -1,
                "kind": "perplexity",
                "model": "m",
                "revision": "r",
                "level": "nf4",
                "key": "{}",
                "values": "{}",
                "provenance": "measured",
                "source": "",
                "created": "",
            }
        }
        lines = [json_text(json_mutant(one, dice), dice) for one in (row, row)]
        (home / "evidence.waiting-20260101T120000.jsonl").write_bytes(b"\n".join(lines))
    elif act == 1:
        with closing(sqlite3.connect(home / "evidence.sqlite")) as db, db:
            column = dice.choice(("key", "values", "kind", "model", "level", "provenance", "created"))
            odd = json_mutant({"windows": [{"nats": 1.0}]}, dice)
            text = json_text(odd, dice) if dice.random() < 0.7 else dice.randbytes(9)
            with suppress(sqlite3.Error):
                db.execute(
                    f'UPDATE evidence SET "{column}" = CAST(? AS TEXT) WHERE level = ?', (text, "nf4")
                )
    else:
        file = home / "evidence.sqlite"
        data = file.read_bytes()
        at = dice.randrange(len(data))
        file.write_bytes(data[:at] + byte_mutant(data[at:], dice))
    return dice.choice(
        (("runs",), ("recommend", "--budget", "24GiB"), ("report",), ("models", "--budget", "9GiB"))
    )


def _standing(place: Path, dice: random.Random) -> Words:
    """A trial's state, damaged after it was cut off: it begins anew, and says so."""
    made = place / "made"
    words = (
        *("trial", tiny(), "--data", tiny().parent / "rows.jsonl", "--level", "bf16"),
        *("--examples", "16", "--samples", "0", "--out", made, "--device", "cpu"),
    )
    made.mkdir()
    for file in _stopped_trial().glob("*.state"):
        data = file.read_bytes()
        at = dice.randrange(len(data)) if dice.random() < 0.5 else 0
        (made / file.name).write_bytes(data[:at] + byte_mutant(data[at:], dice))
    return words


@cache
def _stopped_trial() -> Path:
    """What a trial that is stopped keeps, for as long as this process lives."""
    place = Path(mkdtemp(prefix="torture-stopped-"))
    words = VICTIMS["trial"].words(place)
    words = tuple("16" if word == "128" else word for word in words)
    started(place, *words).wait()
    return place / "made"


STATES: dict[str, Callable[[Path, random.Random], Any]] = {
    "state": _state,
    "store": _store,
    "standing": _standing,
}


def cases(seed: int) -> Iterator[Case]:
    """Without end: one kind after another."""
    number = seed * 10_000_019
    while True:
        for name in (*MAKERS, *STATES):
            yield case(name, number)
            number += 1
