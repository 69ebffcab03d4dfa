"""Which codes a run is about."""

from __future__ import annotations

from typing import Any

import pytest

from tfmigrate.api import job_for
from tfmigrate.config import Config
from tfmigrate.sources.discovery import Kind


@pytest.mark.parametrize(
    ("settings", "selected", "refused"),
    [
        ({}, ["TFM101", "TFM601"], []),
        ({"select": ("TFM2",)}, ["TFM201"], ["TFM101"]),
        ({"select": ("TFM2",), "extend_select": ("TFM101",)}, ["TFM201", "TFM101"], ["TFM102"]),
        ({"ignore": ("TFM2",)}, ["TFM101"], ["TFM201"]),
        ({"ignore": ("ALL",)}, [], ["TFM101"]),
        ({"ignore": ("TFM2",), "extend_select": ("TFM201",)}, ["TFM201"], ["TFM202"]),
        ({"select": ("TFM2",), "ignore": ("TFM2",)}, [], ["TFM201", "TFM101"]),
        ({"select": ()}, [], ["TFM101"]),
        ({"select": ("TFM20",)}, ["TFM201"], ["TFM211", "TFM002"]),
        ({"select": ("MY",)}, ["MY001"], ["TFM201"]),
    ],
)
def test_selection(settings: dict[str, Any], selected: list[str], refused: list[str]) -> None:
    selection = job_for("x.py", Kind.PYTHON, Config(**settings)).selection
    assert all(selection.wants(code) for code in selected)
    assert not any(selection.wants(code) for code in refused)
