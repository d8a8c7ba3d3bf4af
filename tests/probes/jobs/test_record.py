"""One record, and what comes of it: the job file, the key, the command, and what is told of a wrong one."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from catalog.problem import Problem
from probes.deploy.job import DeployJob
from probes.jobs.record import Record, command_of, job_file, job_of, key_of, keyed, option, read
from probes.perplexity.job import PerplexityJob
from probes.trial.job import TrialJob, evidence_key
from probes.vocabulary.job import Base, Try, VocabularyJob


@dataclass(frozen=True)
class Inner(Record):
    path: str
    count: int = option(2, "How many.")


@dataclass(frozen=True)
class Made(Record):
    PROBE: ClassVar[str] = "made"
    COMMAND: ClassVar[str] = "make"

    name: str
    files: tuple[str, ...] = option((), "Files.", path=True)
    pair: tuple[str, str] | None = option(None, "", "--left", "--right")
    rate: float = option(1.0, "A rate.", key="doubled")
    rank: int = keyed(4, least=1)
    odd: bool = option(False, "Unusual.", key=True, unusual=True)
    inner: tuple[Inner, ...] = ()
    try_: Inner | None = option(None)  # noqa: RUF009
    levels: tuple[str, ...] = option(("a", "b"), "Levels.", joined=True, always=True)

    @property
    def doubled(self) -> float:
        return 2 * self.rate


FULL = Made("m", ("/a b", "/c"), ("q", "a"), 3.0, 8, True, (Inner("/x"),), Inner("/y", 5), ("nf4", "int8"))


def test_a_job_file_is_read_back_as_the_very_record() -> None:
    assert read(Made, job_file(FULL)) == FULL
    assert job_file(FULL)["try"] == {"path": "/y", "count": 5}
    short = read(Made, {"name": "m", "files": "/a", "inner": ["/x", {"path": "/z", "count": 1}]})
    assert short.files == ("/a",)
    assert short.inner == (Inner("/x"), Inner("/z", 1))
    assert read(Made, {"name": "m", "rate": None}).rate == 1.0


def test_the_command_says_what_is_not_usual() -> None:
    assert command_of(Made("m"), "m") == "basefit make m --levels a,b"
    words = (
        "--files '/a b' --files /c --left q --right a --rate 3.0 --odd --try --count 5 --levels nf4,int8"
    )
    assert command_of(FULL, "a", "b") == f"basefit make a b {words}"
    assert job_of(FULL, "a").subject == "m"


def test_the_key_holds_what_makes_results_comparable() -> None:
    assert key_of(Made("m"), text="t") == {"rate": 2.0, "rank": 4, "text": "t"}
    assert key_of(FULL) == {"rate": 6.0, "rank": 8, "odd": True}


@pytest.mark.parametrize(
    ("given", "code", "about"),
    [
        ({}, "job-setting-missing", {"setting": "name"}),
        ({"name": "m", "rnak": 2}, "job-setting-wrong", {"setting": "rnak", "value": "2"}),
        ({"name": 1}, "job-setting-wrong", {"setting": "name", "value": "1"}),
        ({"name": "m", "rank": True}, "job-setting-wrong", {"setting": "rank"}),
        ({"name": "m", "rank": "8"}, "job-setting-wrong", {"setting": "rank"}),
        ({"name": "m", "pair": ["q"]}, "job-setting-wrong", {"setting": "pair"}),
        ({"name": "m", "inner": [{"count": 1}]}, "job-setting-missing", {"setting": "path"}),
        ({"name": "m", "rank": 0}, "trial-setting", {"setting": "rank", "least": 1}),
    ],
)
def test_a_wrong_job_file_is_told(given: dict[str, Any], code: str, about: dict[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        read(Made, given)
    assert caught.value.code == code
    assert about.items() <= caught.value.params.items()


def test_keys_are_those_of_stores_written_before_there_were_records() -> None:
    """The literal keys of evidence as it was stored: another would make it unknown and change its id."""
    versions = PerplexityJob("t", "n", ("x",)).key("s")["versions"]
    assert PerplexityJob("t", "n", ("x",)).key("s") == {
        "text_sha256": "s",
        "frame": "probe",
        "windows": 16,
        "device": "cpu",
        "reference": "bf16",
        "versions": versions,
    }
    unusual = {"spend": "decide", "sequential": True, "calibration": "c"}
    key = PerplexityJob("t", "n", ("x",), windows=4, **unusual).key("s")  # type: ignore[arg-type]
    assert unusual.items() <= key.items()
    assert key["windows"] == 4
    trial = TrialJob("t", "n", "d", level="bf16", columns=("q", "a"), holdout_file_sha256="h")
    key = evidence_key(trial, "data", "held", 1e-3, "plain")
    assert key.pop("versions").keys() == {"torch", "transformers", "bitsandbytes", "peft"}
    assert key == {
        "data_sha256": "data",
        "format": None,
        "columns": ["q", "a"],
        "holdout": 40,
        "holdout_file": "h",
        "method": "lora",
        "rank": 16,
        "alpha": 32,
        "dropout": 0.0,
        "targets": [],
        "virtual_tokens": 32,
        "context_factor": 1.0,
        "batch": 8,
        "examples": 256,
        "minutes": None,
        "seed": 0,
        "max_chars": 4000,
        "device": "cpu",
        "holdout_sha256": "held",
        "rate": 1e-3,
        "layout": "plain",
    }
    shapes = DeployJob(config={"model_type": "llama"}, batch=3)
    wanted = {"context": 2048, "batch": 3, "new_tokens": 64, "random_weights": True, "device": "X"}
    assert key_of(shapes, device="X") == wanted


def test_a_preset_is_said_by_its_name_and_what_is_said_beside_it_wins() -> None:
    job = read(TrialJob, {"target": "t", "name": "n", "data": "/d", "preset": "codellama-sql", "rank": 16})
    assert (job.level, job.alpha, job.rank) == ("int8", 16, 16)
    said = command_of(replace(job, method="lora"), "n")
    expected = "basefit trial n --data /d --preset codellama-sql --levels int8 --method lora --rank 16"
    assert said == expected + " --device cpu"
    assert read(TrialJob, job_file(job)) == job


def test_what_nests_in_a_job_is_said_too() -> None:
    others = (Base("/o/tokenizer.json", "o"),)
    job = VocabularyJob("/t", ("/x",), others=others, try_=Try(steps=10), corpus_tokens=2e9)
    expected = "--text /x --corpus-tokens 2000000000.0 --others /o/tokenizer.json --try --steps 10"
    assert command_of(job, "t") == "basefit vocab t " + expected
