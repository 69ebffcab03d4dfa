"""The shipped files: size, speed, and sanity over all releases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tfmigrate.atlas import Atlas, AtlasError, Entry, Kind, load
from tfmigrate.atlas.atlas import DATA
from tfmigrate.atlas.encoding import deflate, inflate
from tfmigrate.atlas.reader.wheels import RELEASES
from tfmigrate.atlas.writing import ImportFacts, MemberRow, ReleaseFacts, SymbolRow, write

MEASURE = """
import time
from tfmigrate.atlas import load
start = time.perf_counter()
load().alive("tf.nn.dropout", "2.21")
print(time.perf_counter() - start)
"""


def test_covers_the_releases_in_order() -> None:
    atlas = load()
    assert atlas.releases == ("1.15", *(f"2.{minor}" for minor in range(22)))
    assert {r.name: r.requirements for r in RELEASES} == atlas.distributions


def test_size() -> None:
    sizes = {path.name: path.stat().st_size for path in DATA.iterdir()}
    assert set(sizes) == {"symbols.z", "details.z", "private.z"}
    assert sum(sizes.values()) < 1_500_000
    assert sizes["private.z"] < 1_000_000


def test_loads_in_a_fresh_process_in_no_time() -> None:
    # 20 ms is the aim; the limit leaves room for a busy machine, and the best of three counts
    runs = [
        float(
            subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, check=True).stdout
        )
        for _ in range(3)
    ]
    assert min(runs) < 0.06


def test_details_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    atlas = Atlas("\f".join(["1.15 a==1", "tf\ntf.log", "m 1 - - -\nf 1 - 1:0 -", ""]), tmp_path)
    assert atlas.exists("tf.log", "1.15")
    with pytest.raises(AtlasError, match=r"details\.z"):
        atlas.signature("tf.log", "1.15")
    (tmp_path / "details.z").write_bytes(deflate("x,name=\f"))
    signature = atlas.signature("tf.log", "1.15")
    assert signature is not None
    assert signature.names == ("x", "name")


def test_damaged_details(tmp_path: Path) -> None:
    atlas = Atlas("\f".join(["1.15 a==1", "tf.log", "f 1 - 1:0 -", ""]), tmp_path)
    (tmp_path / "details.z").write_bytes(b"damaged")
    with pytest.raises(AtlasError, match=r"details\.z"):
        atlas.signature("tf.log", "1.15")


def test_writing_and_reading_again(tmp_path: Path) -> None:
    old = {
        "tf.log": SymbolRow("f", "x,name="),
        "tf.Session": SymbolRow("c", "target=", members={"run": MemberRow("fetches")}),
    }
    new = {
        "tf.Session": SymbolRow(
            "c", "", True, {"run": MemberRow("f"), "late": MemberRow(None, True)}
        )
    }
    private = {"tf.python.ops": {"log": "tf.log", "other": ""}}
    releases = [ReleaseFacts("1.15", ("a==1",), old, private), ReleaseFacts("2.0", ("a==2",), new)]
    write(releases, tmp_path)
    atlas = Atlas(inflate((tmp_path / "symbols.z").read_bytes()), tmp_path)
    assert atlas.releases == ("1.15", "2.0")
    assert atlas.entry("tf.log") == Entry("tf.log", Kind.FUNCTION, ("1.15",), ())
    assert atlas.entry("tf.Session") == Entry("tf.Session", Kind.CLASS, ("1.15", "2.0"), ("2.0",))
    assert atlas.entry("tf.Session.run") == Entry(
        "tf.Session.run", Kind.MEMBER, ("1.15", "2.0"), ("2.0",)
    )
    assert atlas.members("tf.Session", "2.0") == {"run", "late"}
    signatures = [atlas.signature("tf.Session.run", release) for release in atlas.releases]
    assert [s and s.names for s in signatures] == [("fetches",), ("f",)]
    assert atlas.twin("tf.python.ops.log") == "tf.log"
    assert atlas.exists("tf.python.ops.other", "1.15")
    assert not atlas.exists("tf.python.ops.other", "2.0")


def test_imports_survive_writing_and_reading(tmp_path: Path) -> None:
    saving = {"tf.keras.saving": SymbolRow("m"), "tf.keras.saving.load": SymbolRow("f", "path")}
    scope = {"tf.keras.saving.Scope": SymbolRow("c", "", members={"close": MemberRow("force=")})}
    losses = {"tf.losses": SymbolRow("m"), "tf.losses.mse": SymbolRow("f", "y")}
    lite = {"tf.lite": SymbolRow("m"), "tf.lite.run": SymbolRow("f", "")}
    old = ReleaseFacts("2.15", ("a==1",), {"tf.keras": SymbolRow("m"), **saving, **losses, **lite})
    imports = ImportFacts({**saving, **scope}, frozenset({"tf.losses"}), frozenset({"tf.lite.run"}))
    new = ReleaseFacts(
        "2.16", ("a==2",), {"tf.keras": SymbolRow("m"), **losses, **lite}, {}, imports
    )
    write([old, new], tmp_path)
    atlas = Atlas(inflate((tmp_path / "symbols.z").read_bytes()), tmp_path)
    load_ = "tf.keras.saving.load"
    assert atlas.entry(load_) == Entry(load_, Kind.FUNCTION, ("2.15", "2.16"), (), ("2.16",))
    assert [atlas.exists(load_, r) for r in atlas.releases] == [True, False]
    assert [atlas.alive(load_, r) for r in atlas.releases] == [True, False]
    assert [atlas.importable(load_, r) for r in atlas.releases] == [False, True]
    assert atlas.importable("tf.keras.saving.Scope.close", "2.16")
    assert not atlas.exists("tf.keras.saving.Scope.close", "2.16")
    assert atlas.members("tf.keras.saving.Scope", "2.16") == {"close"}
    signature = atlas.signature(load_, "2.16")
    assert signature is not None
    assert signature.names == ("path",)
    assert atlas.resolve("tf.keras.saving.Scope.x") == ("tf.keras.saving.Scope", "x")
    assert atlas.imports("2.15") == ()
    assert atlas.imports("2.16") == ("tf.keras.saving", "tf.keras.saving.Scope", load_)
    assert not set(atlas.imports("2.16")) & set(atlas.symbols("2.16"))
    assert atlas.import_fails("tf.losses", "2.16")
    assert atlas.import_fails("tf.losses", "2.16", "mse")
    assert not atlas.import_fails("tf.losses", "2.15", "mse")
    assert not atlas.import_fails("tf.losses", "2.16", "nothing")
    assert not atlas.import_fails("tf", "2.16", "losses")
    assert atlas.import_fails("tf.lite", "2.16", "run")
    assert not atlas.import_fails("tf.lite", "2.16")


@pytest.mark.parametrize("release", [f"2.{minor}" for minor in range(22)])
def test_no_release_of_2_is_half_empty(release: str) -> None:
    atlas = load()
    index = atlas.releases.index(release)
    now = set(atlas.symbols(release))
    assert len(now) > 7_000
    if index > 1:
        before = set(atlas.symbols(atlas.releases[index - 1]))
        # the estimators (2.16) and Keras 3 (2.16) are the largest breaks there were
        allowed = 0.15 if release == "2.16" else 0.05
        assert len(before - now) < allowed * len(before)


def test_core_symbols_have_no_gaps() -> None:
    atlas = load()
    gaps = []
    for symbol in atlas.symbols("2.0"):
        entry = atlas.entry(symbol)
        assert entry is not None
        indexes = [atlas.releases.index(release) for release in entry.releases]
        if indexes != list(range(indexes[0], indexes[-1] + 1)):
            gaps.append(symbol)
    # a name that goes and comes back is nearly always a reading error
    assert len(gaps) < 0.005 * len(atlas.symbols("2.0")), gaps


def test_compat_v1_of_1_15_is_1_15() -> None:
    atlas = load()
    names = {s.removeprefix("tf.compat.v1.") for s in atlas.symbols("1.15") if "compat.v1." in s}
    missing = [name for name in names if not atlas.exists(f"tf.{name}", "1.15")]
    assert len(missing) < 5, missing


def test_dead_symbols_exist() -> None:
    atlas = load()
    dead = [s for s in atlas.symbols("2.21") if not atlas.alive(s, "2.21")]
    assert len(dead) > 60
    assert all(atlas.exists(symbol, "2.21") for symbol in dead)
    assert {s.rpartition(".")[0] for s in dead} <= {
        "tf.compat.v1.layers",
        "tf.compat.v1.layers.experimental",
        "tf.compat.v1.nn.rnn_cell",
        "tf.keras.optimizers.legacy",
        "tf.compat.v1.keras.optimizers.legacy",
        "tf.optimizers.legacy",
    }
