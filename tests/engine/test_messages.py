"""What a finding says is to be done."""

from __future__ import annotations

import pytest

from tfmigrate import catalogue
from tfmigrate.catalogue import Row, rows
from tfmigrate.engine import messages

ROWS = {
    symbol: rows.row(symbol, data)
    for symbol, data in catalogue.load().symbols.items()
    if "same" not in data
}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Row("tf.A.b", to="tf.c"), "use `tf.c`"),
        (Row("tf.A.b", call="tf.c({x}, 2)"), "write `tf.c(x, 2)`"),
        (Row("tf.A.b", call="{self}"), "use the object itself"),
        (Row("tf.A.b", call="{self}", note="Drop it."), "Drop it"),
        (Row("tf.A.b", to="tf.c", note="but later"), "use `tf.c`; but later"),
        (Row("tf.A.b", to="tf.c", needs=("d",)), "use `tf.c` (needs d)"),
        (None, ""),
    ],
)
def test_advice(row: Row | None, said: str) -> None:
    assert messages.advice(row) == said


def test_no_advice_tells_of_a_hole() -> None:
    assert len(ROWS) > 1000
    assert [symbol for symbol, row in ROWS.items() if "write `self`" in messages.advice(row)] == []
