"""The probe behind `basefit vocab`: what an extended vocabulary would save, cost, and whether to."""

from probes.vocabulary.probe import run

__all__ = ["run"]
