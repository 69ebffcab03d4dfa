"""Lifted programs of Estimators print what they printed under TensorFlow 1.15.5.

What they printed there was recorded with random numbers that are a function of what is drawn.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tfmigrate.engine import context
from tfmigrate.engine.fixing import FixOptions, fix_text
from tfmigrate.prove import processes
from tfmigrate.prove.compare import Tolerance, printed
from tfmigrate.prove.processes import Program, Run

pytestmark = pytest.mark.tensorflow

PROGRAMS = Path(__file__).parents[1] / "programs" / "estimator"
RECORDED = {
    "custom_model_fn": """
{'accuracy': 1.0, 'auc': 1.0, 'global_step': 100.0, 'loss': 0.0355}
classes [0, 1, 1, 0, 0] labels [0, 1, 1, 0, 0]
""",
    "schedule_and_iterators": """
Test set accuracy: 0.567 loss 0.4920 precision 0.567 step 50
1 [0.23573856 0.7642615 ]
1 [0.35187322 0.6481268 ]
1 [0.31137994 0.68862003]
""",
    "model_directory": """
0 {'loss': 0.4495948, 'rmse': 0.6690197, 'global_step': 10}
1 {'loss': 0.24075326, 'rmse': 0.48451576, 'global_step': 20}
2 {'loss': 0.13499653, 'rmse': 0.3527369, 'global_step': 30}
0.28201798
0.8809452
1.0094771
0.92896694
""",
    "linear_columns": """
accuracy: 0.93000
accuracy_baseline: 0.59000
auc: 0.98760
auc_precision_recall: 0.98277
average_loss: 0.26027
global_step: 20.00000
label/mean: 0.41000
loss: 8.67580
precision: 0.94737
prediction/mean: 0.41442
recall: 0.87805
accuracy: 0.93000
accuracy_baseline: 0.59000
auc: 0.98822
auc_precision_recall: 0.98309
average_loss: 0.21664
global_step: 40.00000
label/mean: 0.41000
loss: 7.22145
precision: 0.92500
prediction/mean: 0.42216
recall: 0.90244
[0.91105056 0.08894943] [0] [b'0'] [0.08894941]
[0.93531007 0.06468992] [0] [b'0'] [0.06468993]
[0.83665013 0.16334987] [0] [b'0'] [0.16334984]
""",
    "dense_columns": """
{'accuracy': 0.925, 'average_loss': 0.35268, 'global_step': 30.0, 'loss': 14.10716}
[0.0089066  0.8594759  0.13161743] 1 [-2.773938    1.7955925  -0.08083083]
[0.12713496 0.8583546  0.0145104 ] 1 [-0.39099592  1.5187722  -2.5613797 ]
[0.01155941 0.9446702  0.04377034] 1 [-1.9762845  2.4270515 -0.6448279]
""",
    "wide_and_deep": """
accuracy 0.85
accuracy_baseline 0.79167
auc 0.94674
auc_precision_recall 0.76244
average_loss 0.31133
global_step 20.0
label/mean 0.20833
loss 12.45338
precision 0.76923
prediction/mean 0.23814
recall 0.4
accuracy 0.90833
accuracy_baseline 0.79167
auc 0.95432
auc_precision_recall 0.79683
average_loss 0.26856
global_step 40.0
label/mean 0.20833
loss 10.74233
precision 0.73333
prediction/mean 0.2251
recall 0.88
[0.93216515 0.06783482] 0 [-2.6204343]
[0.49367538 0.5063246 ] 1 [0.02529974]
[0.4566492  0.54335076] 1 [0.17383954]
""",
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The lifted programs, run one after the other."""
    folder = tmp_path_factory.mktemp("lifted")
    found = []
    for name in RECORDED:
        text = (PROGRAMS / f"{name}.py").read_text()
        fixed = fix_text(text, context.load("2.21"), FixOptions(unsafe=True))
        assert "tf.estimator" not in fixed.text, name
        path = folder / f"{name}.py"
        path.write_text(fixed.text)
        found.append(Program(path))
    return dict(zip(RECORDED, processes.programs(found), strict=True))


@pytest.mark.parametrize("name", RECORDED)
def test_the_numbers_are_the_same(name: str, runs: dict[str, Run]) -> None:
    run = runs[name]
    assert (run.code, run.error) == (0, "")
    difference = printed(RECORDED[name], run.out, Tolerance(relative=1e-3, absolute=2e-5))
    assert difference is None, str(difference)
