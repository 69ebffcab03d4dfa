"""What counts as the same output, the same plots, the same scalars and the same variables."""

from __future__ import annotations

import pytest

from tfmigrate.prove import compare
from tfmigrate.prove.compare import Difference, Tolerance

NEAR = Tolerance()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("loss 0.5", "loss 0.5004"),
        ("loss 0.123", "loss 0.124"),  # printed with 3 decimals: off by one in the last
        ("[1. 2.]", "[1.0, 2.0]"),
        ("1 2\n", "1   2"),
        ("1\n\n\n2", "1\n2\n"),
        ("nan inf", "nan inf"),
        ("tf.Tensor(3.5, shape=(), dtype=float32)", "3.5"),
        ("<tf.Tensor: [1 2], shape=(2,), dtype=int32>", "[1, 2]"),
        ("the end", "the  end"),
        ("shape (?, ?)", "shape (None, None)"),
        ("conv2d 3 layers", "conv2d has 3 of them"),  # words beside numbers do not count
        ('Tensor("add:0", shape=(), dtype=float32)\n1.5', "something else\n1.5"),
        ("", ""),
    ],
)
def test_same_output(before: str, after: str) -> None:
    assert compare.printed(before, after, NEAR) is None


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("loss 0.5", "loss 0.51", "line 1"),
        ("loss 0.1230", "loss 0.1240", "line 1"),
        ("1\n2\n3", "1\n2\n4", "line 3"),
        ("1 2", "1", "line 1"),
        ("nan", "0.5", "line 1"),
        ("the end", "an end", "line 1"),
        ("shape (?,)", "shape (None, None)", "line 1"),
        ("what?", "whatNone", "line 1"),
        ("1\n2", "1", "line 2 of 2"),
        ("1", "1\n2", "line 2 of 1"),
        ('Tensor("a:0")\n1.5', "2.5", "a line is missing"),
    ],
)
def test_different_output(before: str, after: str, where: str) -> None:
    found = compare.printed(before, after, NEAR)
    assert found is not None
    assert found.where == where


def test_what_is_ignored() -> None:
    tolerance = Tolerance(ignore=(r"in [\d.]+ s",))
    assert compare.printed("1 in 3.5 s", "1 in 9 s", tolerance) is None
    assert compare.printed("1 in 3.5 s", "1 in 9 s", NEAR) is not None


def test_a_wider_tolerance() -> None:
    assert compare.printed("100", "109", Tolerance(relative=0.1)) is None
    assert compare.printed("0", "0.4", Tolerance(absolute=0.5)) is None


def test_digits_of_names_are_no_numbers() -> None:
    assert compare.same_line("conv2d_1 relu6", "conv2d_1 relu6", NEAR)
    assert not compare.same_line("conv2d_1", "conv2d_2", NEAR)


def test_plots() -> None:
    one = (["plot", [3.0, 2.0, 0.8]],)
    assert compare.plotted(one, (["plot", [3.0, 2.0001, 0.8]],), NEAR) is None
    assert str(compare.plotted(one, (), NEAR)) == "0 plots, before 1"
    found = compare.plotted(one, (["plot", [4.0, 2.0, 0.8]],), NEAR)
    assert found is not None
    assert found.where == "plot 1"


def test_scalars_by_tag_whatever_number_a_graph_added() -> None:
    before = (("loss_1", 0, 1.0), ("rate", 0, 0.1), ("loss_1", 1, 0.5))
    after = (("rate", 0, 0.1), ("loss", 0, 1.0), ("loss", 1, 0.5))
    assert compare.summarised(before, after, NEAR) is None
    found = compare.summarised(before, (*after[:2], ("loss", 1, 0.7)), NEAR)
    assert str(found) == "scalars loss, value 2: 0.7 (before: 0.5)"
    assert str(compare.summarised(before, after[:2], NEAR)) == "scalars loss: 1 values, before 2"


def test_scalars_whose_tags_are_spelled_differently() -> None:
    before, after = (("loss", 0, 1.0),), (("epoch_loss", 0, 1.0),)
    assert compare.summarised(before, after, NEAR) is None
    assert compare.summarised(before, (("epoch_loss", 0, 2.0),), NEAR) is not None


def test_one_of_many_scalars_may_sit_on_the_fence() -> None:
    before = tuple(("accuracy", step, 0.42) for step in range(40))
    after = (*before[:30], ("accuracy", 30, 0.41), *before[31:])
    assert compare.summarised(before, after, NEAR) is None
    assert compare.summarised(before[:10], after[25:35], NEAR) is not None
    far = (*before[:30], ("accuracy", 30, 4.2), *before[31:])
    assert str(compare.summarised(before, far, NEAR)).startswith("scalars accuracy, value 31: 4.2")


W = [[2, 1], 0.5, 0.1, [0.4, 0.6]]
B = [[1], 3.0, 0.0, [3.0]]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ({"w": W, "b": B}, {"layer/w/.ATTRIBUTES/VARIABLE_VALUE": W, "bias": B}, None),
        ({"w": W, "w/Adam": B}, {"w": W}, None),
        ({"w": W, "kernel": [[9, 9], 0.0, 0.0, []]}, {"w": W}, None),  # cut differently
        ({}, {"w": W}, None),
        ({"w": W}, None, "no checkpoint was written: nothing (before: 1 variables)"),
        (
            {"w": W},
            {"w": [[2, 1], 0.7, 0.1, [0.6, 0.8]]},
            "variable w: shape [2, 1], mean 0.7, deviation 0.1"
            " (before: shape [2, 1], mean 0.5, deviation 0.1)",
        ),
    ],
)
def test_saved_variables(
    before: dict[str, object], after: dict[str, object] | None, message: str | None
) -> None:
    found = compare.saved(before, after, NEAR)
    assert (found and str(found)) == message


def test_plain_data() -> None:
    assert compare.alike({"a": [1.0, True, "x", None]}, {"a": (1.00001, True, "x", None)}, NEAR)
    assert not compare.alike({"a": 1}, {"b": 1}, NEAR)
    assert not compare.alike([1], [1, 2], NEAR)
    assert not compare.alike(1, True, NEAR)
    assert not compare.alike("1", 1, NEAR)


def test_a_difference_in_words() -> None:
    assert str(Difference("line 1", "a", "b")) == "line 1: b (before: a)"
    assert str(Difference("exit code", "0", "")) == "exit code: nothing (before: 0)"
    assert str(Difference("1 plot, before 2")) == "1 plot, before 2"
