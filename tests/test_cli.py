"""The command, as somebody uses it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tfmigrate import __version__, api
from tfmigrate.cli import main
from tfmigrate.config import OUTPUT_FORMATS
from tfmigrate.engine import context as contexts

TF = "import tensorflow as tf\n"
LOG = f"{TF}x = tf.log(1)\n"
TWO = f"{LOG}s = tf.Session()\n"
COMMAND = (sys.executable, "-m", "tfmigrate")

pytestmark = pytest.mark.usefixtures("project")


def write(**files: str | bytes) -> None:
    """Files: ``a="..."`` is a.py, ``pkg__a="..."`` is pkg/a.py."""
    for name, content in files.items():
        path = Path(name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def configure(text: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.tfmigrate]\n{text}")


def run(*arguments: str, stdin: str | bytes = "") -> Result:
    result = CliRunner().invoke(main, arguments, input=stdin, prog_name="tfmigrate")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def check(*arguments: str, stdin: str | bytes = "") -> Result:
    return run("check", *arguments, stdin=stdin)


def found(*arguments: str, stdin: str | bytes = "") -> list[str]:
    """``path:row code`` of each finding."""
    result = check(*arguments, "--output-format", "json", stdin=stdin)
    return [
        f"{os.path.relpath(each['filename'])}:{each['location']['row']} {each['code']}"
        for each in json.loads(result.stdout)
    ]


# ------------------------------------------------------------- exit codes


EXITS: dict[str, tuple[dict[str, str | bytes], tuple[str, ...], int]] = {
    "nothing found": ({"a": "x = 1\n"}, (), 0),
    "something found": ({"a": LOG}, (), 1),
    "exit zero": ({"a": LOG}, ("--exit-zero",), 0),
    "exit zero in short": ({"a": LOG}, ("-e",), 0),
    "not parsed": ({"a": f"{TF}x = ("}, (), 2),
    "not parsed, exit zero": ({"a": f"{TF}x = ("}, ("--exit-zero",), 2),
    "not decoded": ({"a": b"# \xff\n"}, (), 2),
    "one of two not parsed": ({"a": LOG, "b": f"{TF}print 1"}, (), 2),
    "no such file": ({}, ("nothing.py",), 2),
    "nothing selected": ({"a": LOG}, ("--select", "TFM2"), 0),
    "statistics": ({"a": LOG}, ("--statistics",), 1),
    "summary": ({"a": LOG}, ("--summary",), 1),
    "quiet": ({"a": LOG}, ("-q",), 1),
    "unknown option": ({}, ("--nothing",), 2),
    "unknown format": ({}, ("--output-format", "xml"), 2),
    "unknown code": ({"a": LOG}, ("--select", "TFM9"), 2),
    "unknown target": ({"a": LOG}, ("--target-version", "3.0"), 2),
    "no baseline": ({"a": LOG}, ("--baseline", "nothing.json"), 2),
    "no configuration": ({"a": LOG}, ("--config", "nothing.toml"), 2),
    "unwritable output": ({"a": LOG}, ("-o", "no/such/folder/file"), 2),
    "jobs below zero": ({"a": LOG}, ("-j", "-1"), 2),
}


@pytest.mark.parametrize(("files", "arguments", "code"), EXITS.values(), ids=EXITS)
def test_exit_codes(files: dict[str, str | bytes], arguments: tuple[str, ...], code: int) -> None:
    write(**files)
    assert check(*arguments).exit_code == code


def test_the_rest_of_the_run_goes_on() -> None:
    write(a=LOG, b=f"{TF}print 'x'\n", c=b"\xff\n", d=LOG)
    assert found() == ["a.py:2 TFM101", "b.py:2 TFM002", "c.py:1 TFM003", "d.py:2 TFM101"]
    assert "Not checked: 2 files." in check().stdout


# -------------------------------------------------------------- selecting


SELECTIONS = {
    "select": (("--select", "TFM2"), ["a.py:3 TFM202"]),
    "select a code": (("--select", "TFM101"), ["a.py:2 TFM101"]),
    "several": (("--select", "TFM101,TFM2"), ["a.py:2 TFM101", "a.py:3 TFM202"]),
    "several times": (("--select", "TFM1", "--select", "TFM3"), ["a.py:2 TFM101"]),
    "small letters": (("--select", "tfm2"), ["a.py:3 TFM202"]),
    "ignore": (("--ignore", "TFM1"), ["a.py:3 TFM202"]),
    "all": (("--select", "ALL"), ["a.py:2 TFM101", "a.py:3 TFM202"]),
    "all but": (("--select", "ALL", "--ignore", "TFM101,TFM202"), []),
    "the longer one wins": (("--select", "TFM101", "--ignore", "TFM1"), ["a.py:2 TFM101"]),
    "extend": (("--select", "TFM3", "--extend-select", "TFM101"), ["a.py:2 TFM101"]),
}


@pytest.mark.parametrize(("arguments", "expected"), SELECTIONS.values(), ids=SELECTIONS)
def test_selections(arguments: tuple[str, ...], expected: list[str]) -> None:
    write(a=TWO)
    assert found(*arguments) == expected


def test_unknown_codes_have_a_suggestion() -> None:
    write(a=LOG)
    result = check("--select", "TFM2O1")
    assert result.stderr.startswith("tfmigrate: no rule has the code TFM2O1; did you mean TFM")
    configure('per-file-ignores = {"a.py" = ["TFM999"]}')
    assert "no rule has the code TFM999" in check().stderr


def test_target_versions() -> None:
    write(a=f"{TF}tf.keras.optimizers.legacy.Adam()\n")
    assert found("--target-version", "2.12") == []
    assert found("--target-version", "2.12.1") == []
    assert found("--target-version", "2.21") != []
    Path("requirements.txt").write_text("tensorflow==2.12.0\n")
    assert found("a.py") == []


# ------------------------------------------------------------------ files


def test_folders_files_and_notebooks() -> None:
    write(pkg__a=LOG, pkg__sub__b=LOG, other=LOG, node_modules__c=LOG)
    cell = {"cell_type": "code", "source": LOG, "outputs": [], "metadata": {}}
    Path("pkg/n.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}))
    Path("pkg/notes.txt").write_text("import tensorflow as tf; tf.log(1)")
    inside = ["pkg/a.py:2 TFM101", "pkg/n.ipynb:2 TFM101", "pkg/sub/b.py:2 TFM101"]
    assert found("pkg") == inside
    assert found() == ["other.py:2 TFM101", *inside]
    assert found("pkg/a.py", "pkg/a.py", "./pkg/a.py") == ["pkg/a.py:2 TFM101"]
    assert "pkg/n.ipynb:cell 1:2:5: TFM101" in check("pkg", "--output-format", "concise").stdout


def test_show_files() -> None:
    write(b=LOG, a=LOG, old__c=LOG)
    configure('exclude = ["old"]')
    result = check("--show-files")
    assert result.stdout.splitlines() == ["a.py", "b.py", "pyproject.toml"]
    assert result.exit_code == 0
    result = check("--show-files", "a.py", "nothing.py")
    assert result.stdout.splitlines() == ["a.py"]
    assert result.stderr == "tfmigrate: nothing.py: no such file or directory\n"
    assert result.exit_code == 2


def test_an_empty_folder_is_worth_a_word() -> None:
    Path("empty").mkdir()
    result = check("empty")
    assert "no Python file, notebook or dependency file in empty" in result.stderr
    assert result.exit_code == 0
    assert check("empty", "-q").stderr == ""
    assert check("empty", "--output-format", "json").stdout == "[]\n"


def test_excluded_files() -> None:
    write(old__a=LOG, new__b=LOG)
    configure('extend-exclude = ["old", "*_pb2.py"]')
    assert found() == ["new/b.py:2 TFM101"]
    assert found("old/a.py") == ["old/a.py:2 TFM101"]
    assert found("--force-exclude", "old/a.py", "new/b.py") == ["new/b.py:2 TFM101"]
    assert found("--force-exclude", "new/x_pb2.py") == []


def test_per_file_ignores_and_dialect() -> None:
    write(tests__a=TWO, b=TWO, c=f"{TF}tf.summary.scalar('a', 1)\n")
    configure('per-file-ignores = {"tests/**" = ["TFM2"]}\ndialect = {"c.py" = "tf1"}\n')
    assert found() == [
        "b.py:2 TFM101",
        "b.py:3 TFM202",
        *found("c.py"),
        "tests/a.py:2 TFM101",
    ]
    assert found("c.py") != []
    assert found("c.py", "--isolated") == []


# ---------------------------------------------------------- configuration


def test_the_command_line_is_on_top() -> None:
    write(a=TWO)
    configure('select = ["TFM1"]\noutput-format = "concise"\n')
    assert check().stdout.startswith("a.py:2:5: TFM101")
    assert found("--select", "TFM2") == ["a.py:3 TFM202"]
    assert found("--isolated") == ["a.py:2 TFM101", "a.py:3 TFM202"]


def test_another_configuration(tmp_path: Path) -> None:
    write(a=TWO)
    other = tmp_path / "other.toml"
    other.write_text('[tool.tfmigrate]\nselect = ["TFM2"]\n')
    assert found("--config", str(other)) == ["a.py:3 TFM202"]


def test_mistakes_in_the_configuration() -> None:
    write(a=LOG)
    configure('selct = ["TFM2"]')
    result = check()
    assert result.exit_code == 2
    assert "unknown key `selct` in [tool.tfmigrate]; did you mean `select`?" in result.stderr
    assert run("explain", "tf.log").exit_code == 2
    assert run("explain", "tf.log", "--isolated").exit_code == 0


def test_extra_rules() -> None:
    write(a="import acme\nacme.session()\n")
    Path("own/symbols").mkdir(parents=True)
    Path("own/symbols/acme.toml").write_text('"acme.session" = { note = "Call it." }\n')
    assert found("--extra-rules", "own") == ["a.py:2 TFM103"]
    configure('extra-rules = ["own"]')
    assert found() == ["a.py:2 TFM103"]
    assert check("--extra-rules", "nothing").exit_code == 2


# ----------------------------------------------------------------- output


@pytest.mark.parametrize("form", OUTPUT_FORMATS)
def test_output_files(form: str) -> None:
    write(a=TWO)
    result = check("--output-format", form)
    again = check("--output-format", form, "-o", "out")
    assert again.stdout == ""
    assert again.exit_code == result.exit_code == 1
    assert Path("out").read_text() == result.stdout


def test_totals() -> None:
    write(a=TWO)
    assert check().stdout.endswith("[*] 1 with a mechanical fix.\n")
    assert "Found" not in check("-q").stdout
    assert "TFM202" in check("-q").stdout
    Path("a.py").write_text("")
    assert check("a.py", "-q").stdout == ""


def test_statistics_and_summary() -> None:
    write(a=TWO, b=LOG)
    assert check("--statistics").stdout == "2  TFM101  [*]  renamed\n1  TFM202  [ ]  session\n"
    rows = json.loads(check("--statistics", "--output-format", "json").stdout)
    assert [(row["code"], row["count"]) for row in rows] == [("TFM101", 2), ("TFM202", 1)]
    summary = check("--summary").stdout
    assert "2  TensorFlow 1\n" in summary
    assert "3 findings, 2 of them (67 %) with a mechanical fix" in summary


# --------------------------------------------------------- standard input


def test_stdin() -> None:
    assert found("-", stdin=LOG) == ["-:2 TFM101"]
    assert check("-", stdin=LOG).exit_code == 1
    assert check("-", stdin="x = 1").exit_code == 0
    assert check("-", stdin=b"\xff").exit_code == 2


def test_stdin_with_a_name() -> None:
    assert found("--stdin-filename", "pkg/a.py", "-", stdin=LOG) == ["pkg/a.py:2 TFM101"]
    assert found("--stdin-filename", "a.py", stdin=LOG) == ["a.py:2 TFM101"]
    assert not Path("pkg").exists()
    pins = "tensorflow==1.15\n"
    assert found("--stdin-filename", "requirements.txt", "-", stdin=pins) == [
        "requirements.txt:1 TFM601"
    ]
    cell = {"cell_type": "code", "source": LOG}
    book = json.dumps({"cells": [cell], "nbformat": 4})
    assert found("--stdin-filename", "a.ipynb", "-", stdin=book) == ["a.ipynb:2 TFM101"]


def test_stdin_has_the_configuration_of_its_name() -> None:
    Path("pkg").mkdir()
    Path("pkg/pyproject.toml").write_text(
        '[tool.tfmigrate]\nper-file-ignores = {"skip.py" = ["TFM1"]}\nexclude = ["old"]\n'
    )
    configure('ignore = ["TFM202"]')
    assert found("--stdin-filename", "pkg/a.py", "-", stdin=TWO) == [
        "pkg/a.py:2 TFM101",
        "pkg/a.py:3 TFM202",
    ]
    assert found("--stdin-filename", "pkg/skip.py", "-", stdin=TWO) == ["pkg/skip.py:3 TFM202"]
    assert found("--stdin-filename", "pkg/old/a.py", "-", stdin=TWO) == []
    assert found("-", stdin=TWO) == ["-:2 TFM101"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-", "a.py"), "must be the only one"),
        (("--stdin-filename", "a.py", "b.py"), "give the path -"),
    ],
)
def test_stdin_is_not_mixed(arguments: tuple[str, ...], said: str) -> None:
    result = check(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


# -------------------------------------------------------------- baselines


def test_a_baseline() -> None:
    write(a=LOG)
    result = check("--write-baseline", "b.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Wrote 1 finding to b.json.\n"
    assert check().exit_code == 1
    assert check("--baseline", "b.json").exit_code == 0
    assert "Not shown: 1 in the baseline." in check("--baseline", "b.json").stdout
    write(a=f"# new first line\n{LOG}x = tf.log(1)\n")
    assert found("--baseline", "b.json") == ["a.py:4 TFM101"]


def test_a_configured_baseline() -> None:
    write(pkg__a=LOG, b=LOG)
    configure('baseline = "ci/base.json"')
    Path("ci").mkdir()
    assert "no such baseline; make it with --write-baseline" in check().stderr
    assert check("--write-baseline").exit_code == 0
    assert check().exit_code == 0
    # from another folder, too
    os.chdir("pkg")
    assert check().exit_code == 0
    os.chdir("..")
    # writing again does not subtract what is known first
    assert check("--write-baseline").stderr == "Wrote 2 findings to ci/base.json.\n"
    assert found("-", stdin=LOG) == ["-:2 TFM101"]
    assert found("--stdin-filename", "b.py", "-", stdin=LOG) == []


def test_writing_a_baseline_spares_programs() -> None:
    write(a=LOG, pkg__b=LOG)
    before = digests()
    assert "stays as it is" in check("--write-baseline", "a.py").stderr
    assert "needs a file" in check("--write-baseline").stderr
    assert digests() == before
    # a folder is what to check
    assert check("--baseline", "b.json", "--write-baseline", "pkg").exit_code == 0
    assert list(json.loads(Path("b.json").read_text())["files"]) == ["pkg/b.py"]


def test_what_cannot_be_read_is_no_baseline() -> None:
    write(a=LOG, b=f"{TF}x = (")
    result = check("--write-baseline", "b.json")
    assert result.exit_code == 2
    assert "b.py:2:5: TFM001" in result.stderr
    assert check("--baseline", "b.json").exit_code == 2


# -------------------------------------------------------------- bad input


def digests() -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path().rglob("*")
        if path.is_file() and ".tfmigrate_cache" not in path.parts
    }


def test_a_very_long_file() -> None:
    lines = "".join(f"x{n} = tf.nn.relu({n})\n" for n in range(50_000))
    write(a=f"{TF}{lines}y = tf.log(1)\n")
    assert found("a.py") == ["a.py:50002 TFM101"]


def test_an_unforeseen_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(api, "check", crash)
    result = check()
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "tfmigrate: internal error, please report it: ZeroDivisionError: oh (test_cli.py:"
    )
    assert result.stderr.count("\n") == 1


# ------------------------------------------------------ processes and cache


def many() -> None:
    for number in range(16):
        write(**{f"pkg__m{number:02}": TWO * (number % 3 + 1) + "# " + "x" * 40_000})


def test_the_same_output_however_many_processes() -> None:
    many()
    outputs = {
        check("-n", f"-j{jobs}", "--output-format", form).stdout
        for jobs in (1, 2, 3, 0)
        for form in ("concise",)
    }
    assert len(outputs) == 1
    assert outputs.pop().count("TFM202") == sum(n % 3 + 1 for n in range(16))


def test_the_cache() -> None:
    write(a=LOG, b=f"{TF}x = (")
    first = check()
    assert Path(".tfmigrate_cache/.gitignore").read_text() == "*\n"
    assert check().stdout == first.stdout
    assert check().exit_code == 2
    write(a="x = 1\n")
    assert found() == ["b.py:2 TFM001"]
    write(a=TWO)
    assert found("--select", "TFM2") == ["a.py:3 TFM202", "b.py:2 TFM001"]
    assert found() == ["a.py:2 TFM101", "a.py:3 TFM202", "b.py:2 TFM001"]
    assert found() == found("--no-cache")


def test_the_cache_is_not_used_if_unwanted() -> None:
    write(a=LOG)
    assert check("--no-cache").exit_code == 1
    assert not Path(".tfmigrate_cache").exists()
    check("-", stdin=LOG)
    assert not Path(".tfmigrate_cache").exists()


def test_a_changed_rule_empties_the_cache() -> None:
    write(a="import acme\nacme.session()\n")
    table = Path("own/symbols/acme.toml")
    table.parent.mkdir(parents=True)
    configure('extra-rules = ["own"]')
    for note in ("Call it.", "Do not call it any more."):
        table.write_text(f'"acme.session" = {{ note = "{note}" }}\n')
        # rules are read once a process
        contexts.load.cache_clear()
        for _ in range(2):
            assert note.rstrip(".") in check().stdout


def test_clean() -> None:
    write(a=LOG)
    assert run("clean").stderr == ""
    check()
    assert run("clean").stderr == "Removed .tfmigrate_cache.\n"
    assert not Path(".tfmigrate_cache").exists()
    configure('cache-dir = "."')
    check()
    run("clean")
    assert sorted(each.name for each in Path().iterdir()) == [".git", "a.py", "pyproject.toml"]


# --------------------------------------------------------------- terminal


def test_no_colour_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    write(a=LOG)
    assert "\x1b[" not in check().stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31mTFM101\x1b[0m" in check().stdout
    check("-o", "out")
    assert "\x1b[" not in Path("out").read_text()


# ---------------------------------------------------------- other commands


def test_explain() -> None:
    assert run("explain", "tf.log").stdout.startswith("# tf.log\n")
    both = run("explain", "TFM201", "tf.log").stdout
    assert both.index("# TFM201 placeholder") < both.index("# tf.log")
    result = run("explain", "tf.lgo")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean tf.log" in result.stderr
    assert run("explain").exit_code == 2
    old = run("explain", "tf.compat.v1.layers.dense", "--target-version", "2.10").stdout
    assert old != run("explain", "tf.compat.v1.layers.dense").stdout


def test_rules() -> None:
    lines = run("rules").stdout.splitlines()
    assert any(line.startswith("TFM201  placeholder ") for line in lines)
    rules = json.loads(run("rules", "--output-format", "json").stdout)
    assert {"code", "name", "summary", "severity", "explanation", "url"} == set(rules[0])


@pytest.mark.parametrize("arguments", [("--version",), ("-V",)])
def test_version(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).stdout == f"tfmigrate {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [("-h",), ("--help",), ("check", "-h"), ("explain", "-h"), ("rules", "-h")]
)
def test_help(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= 100


def test_every_option_is_explained() -> None:
    for command in main.commands.values():
        assert command.help
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or getattr(parameter, "help", None)
