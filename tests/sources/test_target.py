from __future__ import annotations

from pathlib import Path

import pytest

from tfmigrate.config import Config
from tfmigrate.sources.target import LATEST, target_version


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, LATEST),
        ({"requirements.txt": "tensorflow"}, LATEST),
        ({"requirements.txt": "tensorflow~=2.12.0"}, "2.12"),
        ({"requirements.txt": "tensorflow-cpu==2.3.1"}, "2.3"),
        ({"requirements.txt": "tensorflow>=2.4.0,<2.17"}, "2.16"),
        ({"requirements.txt": "tensorflow<2.17"}, "2.16"),
        ({"requirements.txt": "tensorflow>=2.4"}, LATEST),
        ({"requirements.txt": "tensorflow~=2.4"}, LATEST),
        ({"requirements.txt": "tensorflow==1.14"}, LATEST),
        ({"requirements.txt": "tensorflow>=1.14"}, LATEST),
        ({"requirements.txt": "tensorflow==1.14; x == '1'\ntensorflow==2.2"}, "2.2"),
        ({"requirements.txt": "tensorflow==2.5\ntensorflow-cpu==2.4"}, "2.4"),
        ({"requirements.txt": "# tensorflow==2.5"}, LATEST),
        ({"requirements.txt": "tensorflow-datasets==2.5\ntensorflow-gpu==2.5"}, LATEST),
        ({"requirements.txt": "tensorflow==2.5", "pyproject.toml": "[project]\n"}, "2.5"),
        (
            {
                "requirements.txt": "tensorflow==2.5",
                "pyproject.toml": "[project]\ndependencies = ['tensorflow<2.9']",
            },
            "2.8",
        ),
        ({"pyproject.toml": "[tool.poetry.dependencies]\ntensorflow = '~2.11'"}, "2.11"),
        ({"setup.cfg": "[options]\ninstall_requires =\n  tensorflow>=2.9,<2.10\n"}, "2.9"),
        ({"setup.py": "setup(install_requires=['tensorflow==2.7.*'])"}, "2.7"),
        ({"Pipfile": "[packages]\ntensorflow = '==2.6.*'"}, "2.6"),
        ({"requirements.txt": "tensorflow==\xff"}, LATEST),
    ],
)
def test_what_the_project_pins(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content.encode("latin-1"))
    assert target_version(Config(root=tmp_path)) == expected
    assert target_version(Config(root=tmp_path, target_version="2.16")) == "2.16"
