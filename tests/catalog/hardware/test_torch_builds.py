"""Which build of torch a driver and a card can run."""

import pytest

from catalog.hardware.torch_builds import (
    WHEELS,
    build_for,
    cuda_of_driver,
    driver_for,
    has_code_for,
    install_command,
    runs,
    wheel_for,
)


@pytest.mark.parametrize(
    ("cuda", "capability", "name"),
    [
        ((13, 0), 8.9, "cu130"),
        ((13, 0), 12.1, "cu130"),
        ((13, 0), 7.0, "cu126"),
        ((13, 0), 6.1, "cu126"),
        ((12, 8), 12.0, "cu128"),
        ((12, 2), 8.0, "cu126"),
        ((12, 4), 6.1, "cu126"),
        ((11, 4), 8.6, None),
        ((13, 0), 3.5, None),
        (None, None, "cu130"),
    ],
)
def test_the_newest_build_that_driver_and_card_can_run(
    cuda: tuple[int, int] | None, capability: float | None, name: str | None
) -> None:
    wheel = wheel_for(cuda, capability)
    assert (wheel and wheel.name) == name


@pytest.mark.parametrize(
    ("version", "cuda"),
    [
        ("580.65.06", (13, 0)),
        ("570.133.07", (12, 0)),
        ("525.60", (12, 0)),
        ("470.256.02", (11, 0)),
        ("390.1", None),
    ],
)
def test_what_a_driver_runs(version: str, cuda: tuple[int, int] | None) -> None:
    assert cuda_of_driver(version) == cuda


def test_a_driver_runs_any_build_of_its_major_version_and_older_ones() -> None:
    assert runs((12, 2), (12, 8))
    assert runs((13, 0), (12, 6))
    assert not runs((12, 9), (13, 0))
    assert [driver_for(wheel.cuda) for wheel in WHEELS] == [580, 525, 525]


@pytest.mark.parametrize(
    ("capability", "built", "able"),
    [
        (8.9, ("sm_80", "sm_86", "sm_90"), True),
        (8.0, ("sm_86",), False),
        (7.5, ("sm_80",), False),
        (12.1, ("sm_120",), True),
        (12.0, ("sm_90", "compute_90"), True),
        (9.0, ("sm_90a",), True),
        (9.1, ("sm_90a",), False),
        (6.1, ("sm_75", "sm_120", "compute_120"), False),
        (8.0, (), False),
        (8.0, ("gfx90a",), False),
    ],
)
def test_code_runs_on_later_cards_of_its_major_version(
    capability: float, built: tuple[str, ...], able: bool
) -> None:
    assert has_code_for(capability, built) == able


def test_uv_is_given_the_build() -> None:
    assert install_command("python", WHEELS[0]).endswith("--torch-backend cu130")


@pytest.mark.parametrize(
    ("smi", "build"),
    [
        ("580.65.06, 8.9\n", ""),
        ("570.133.07, 8.6\n570.133.07, 8.9\n", "cu126"),
        ("570.133.07, 12.0\n", "cu128"),
        ("570.133.07, 6.1\n570.133.07, 12.0\n", "cu128"),
        ("580.65.06, 7.0\n", "cu126"),
        ("470.256.02, 8.6\n", ""),
        ("580.65.06, [N/A]\n", ""),
        ("NVIDIA-SMI has failed because it could not communicate with the driver\n", ""),
        ("", ""),
    ],
)
def test_another_build_is_taken_only_where_the_usual_build_does_not_run(smi: str, build: str) -> None:
    assert build_for(smi) == build
