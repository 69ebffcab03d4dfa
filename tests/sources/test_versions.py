"""The specifier logic, held against every version near the bounds."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tfmigrate.sources.dependencies.versions import admits, conda, normalise, poetry

RELEASES = [
    f"{major}.{minor}.{patch}"
    for major, minors in ((0, 13), (1, 16), (2, 30), (3, 3))
    for minor in range(minors)
    for patch in range(6)
]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "==1.14",
        "<2",
        "<2.0.1",
        "<2.1,!=2.0.0",
        ">1.15",
        ">=1.15,<2",
        ">=1.15,<=2.0.0",
        "!=2.0.0",
        "~=1.14",
        "~=1.14.0",
        "~=2.0",
        "==2.*",
        "==1.*",
        "!=2.*",
        "!=2.*,<3",
        ">=2.0,<2.0.1",
        ">2.0.4,<2.1",
        ">2.20.4,<2.21",
        "==3.1.2",
        "<1",
        "<0.12,>0.11",
    ],
)
@pytest.mark.parametrize("from_", ["1.0", "2.0", "2.21"])
def test_admits_agrees_with_trying_every_release(written: str, from_: str) -> None:
    allowed = SpecifierSet(written)
    expected = any(
        allowed.contains(release) for release in RELEASES if Version(release) >= Version(from_)
    )
    assert admits((written,), from_) is expected
    assert admits((written, "==0.1"), from_) is expected
    assert admits(("==0.1", written), from_) is expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (">=3.6", True),
        ("<3.8", False),
        ("==3.10", True),
        ("==3.9.*", False),
        (">=3.14", False),
        (">3.13", True),
        ("~=3.6", True),
        ("!=3.10.*,!=3.11.*,!=3.12.*", True),
        ("==2.7.*", False),
        ("nonsense", True),
    ],
)
def test_admits_within_bounds(written: str, expected: bool) -> None:
    # above 3.13 there is 3.13.1, which is a 3.13
    assert admits((written,), "3.10", "3.14") is expected


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("^1.14", (">=1.14,<2",)),
        ("^1", (">=1,<2",)),
        ("^0.5.1", (">=0.5.1,<0.6",)),
        ("^0.0.3", (">=0.0.3,<0.0.4",)),
        ("^0", (">=0,<1",)),
        ("~1.14.2", (">=1.14.2,<1.15",)),
        ("~1", (">=1,<2",)),
        ("~=1.14", ("~=1.14",)),
        ("1.14", ("==1.14",)),
        ("=1.14", ("==1.14",)),
        ("1.*", ("==1.*",)),
        ("*", ("",)),
        (">=1.4,<2.0", (">=1.4,<2.0",)),
        (">= 1.4 < 2.0", (">=1.4,<2.0",)),
        ("^1.14 || ^2.1", (">=1.14,<2", ">=2.1,<3")),
        ("", ("",)),
    ],
)
def test_poetry(constraint: str, expected: tuple[str, ...]) -> None:
    assert poetry(constraint) == expected


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("", ("",)),
        ("=1.13", ("==1.13.*",)),
        ("=1.13.*", ("==1.13.*",)),
        ("==1.13.1", ("==1.13.1",)),
        ("=1.13.1=gpu_py36h3991807_0", ("==1.13.1.*",)),
        ("==1.13.1=mkl_0", ("==1.13.1",)),
        (" 1.13.1 mkl_py36_0", ("==1.13.1",)),
        (" 1.14.*", ("==1.14.*",)),
        (">=1.4,<2", (">=1.4,<2",)),
        (" >=1.4, <2", (">=1.4,<2",)),
        ("=1.15|2.3", ("==1.15.*", "==2.3")),
        ("1.13*", ("==1.13.*",)),
    ],
)
def test_conda(constraint: str, expected: tuple[str, ...]) -> None:
    assert conda(constraint) == expected


def test_normalise() -> None:
    assert normalise("Tensorflow_GPU") == normalise("tensorflow.-gpu") == "tensorflow-gpu"
