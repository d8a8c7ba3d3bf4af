"""What others measured: judged by where nothing was measured here, and always told."""

from dataclasses import replace

from catalog.evidence.records import Evidence, Provenance
from catalog.hardware.gpu import Budget, parse_budget
from catalog.verdict.option import comparable_trials, latest, options_of
from catalog.verdict.recommend import recommend
from tests.catalog.verdict.grounds import assert_grounded
from tests.catalog.verdict.test_recommend import MIB, MODELS, probe, request, tried

SMALL, LARGE = MODELS[0], MODELS[3]
GOOD, BAD = [1000.0, 1100.0, 900.0, 1000.0], [1300.0, 1410.0, 1200.0, 1290.0]


def imported(evidence: Evidence, created: str = "2026-06-01") -> Evidence:
    return replace(evidence, provenance=Provenance.IMPORTED, created=created)


def test_it_outranks_what_is_only_expected_and_is_told() -> None:
    evidence = [imported(probe(SMALL, "bf16", GOOD))]
    verdict = recommend(request(64 * MIB), evidence)
    assert verdict.winner is not None
    winner = verdict.winner
    assert (winner.model, winner.level, winner.provenance, winner.basis) == (
        SMALL.name, "bf16", "imported", "probe",
    )  # fmt: skip
    said = {reason.code: reason for reason in winner.reasons}
    assert {"best-imported", "imported"} <= said.keys()
    assert "best-measured" not in said
    assert said["imported"].evidence == (evidence[0].id,)
    assert_grounded(verdict, evidence)


def test_ones_own_outranks_it_however_old() -> None:
    own, theirs = probe(SMALL, "bf16", BAD), imported(probe(SMALL, "bf16", GOOD))
    for evidence in ([own, theirs], [theirs, own]):
        assert latest(evidence) is own
        row = recommend(request(64 * MIB), evidence).ranking[0]
        assert (row.provenance, row.quality) == ("measured", own.values["bits_per_byte"])
        assert "imported" not in {reason.code for reason in row.reasons}


def test_what_it_rejects_says_so_too() -> None:
    verdict = recommend(request(64 * MIB), [imported(probe(LARGE, "nf4", BAD, "broken"))])
    row = next(row for row in verdict.ranking if (row.model, row.level) == (LARGE.name, "nf4"))
    assert (row.verdict, row.provenance) == ("rejected", "imported")
    assert {"kl-too-high", "imported"} <= {reason.code for reason in row.reasons}


def test_imported_trials_do_not_displace_ones_own() -> None:
    own = tried(SMALL, BAD, examples=64)
    theirs = [imported(tried(model, GOOD, examples=256)) for model in MODELS]
    asked = request(64 * MIB)
    assert comparable_trials(asked, [*theirs, own]) == [own]
    assert comparable_trials(asked, theirs) == theirs
    rows = {row.model: row for row in recommend(asked, theirs).ranking}
    assert rows[SMALL.name].provenance == "imported"


def test_a_speed_is_taken_on_the_same_card_alone() -> None:
    deployed = Evidence(
        "deploy",
        SMALL.name,
        SMALL.revision,
        "bf16",
        {"device": "NVIDIA GeForce RTX 4090"},
        {"decode_tokens_per_s": 77.0},
    )
    card, here = parse_budget("rtx-4090"), Budget("CPU", 2**36)
    for budget, own, theirs in ((card, "measured", "imported"), (here, "measured", "")):
        asked = replace(request(0, ("bf16",)), budget=budget, device="cuda")
        for evidence, trust in ((deployed, own), (imported(deployed), theirs)):
            (row,) = (r for r in recommend(asked, [evidence]).ranking if r.model == SMALL.name)
            assert row.speed_provenance == trust
            assert (row.speed == 77.0) == bool(trust)
    (option,) = (o for o in options_of(asked, [imported(deployed)]) if o.candidate is SMALL)
    assert option.deploy is None
