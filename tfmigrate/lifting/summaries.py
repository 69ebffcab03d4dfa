"""Summaries: operations that a run fetched and a FileWriter wrote, as calls inside a writer."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import RunSite, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import Scope
from tfmigrate.lifting.summary_steps import is_merge, summarizes

_ADD = ("summary", "global_step")
_GONE = frozenset({"add_graph", "add_session_log", "add_run_metadata", "get_logdir", "reopen"})


@dataclass(frozen=True)
class Written:
    """Where the summaries of a run site go: the writer, the step, and the statement that adds."""

    writer: str
    step: ast.expr | None
    added: Step


def writes_summaries(steps: list[Step], facts: Facts) -> bool:
    """Whether there are summaries among the steps of a function."""
    return any(summarizes(step.node, facts) for step in steps) or any(
        is_merge(getattr(step.node, "value", None), facts) for step in steps
    )


def destination(site: RunSite, scope: Scope) -> Written:
    """Where the summaries that a run site fetches are written.

    Raises:
        Unliftable: they are not handed to a writer in a way that can be followed.
    """
    facts = scope.facts
    for step in scope.steps[site.step.index :]:
        value = getattr(step.node, "value", None)
        if not isinstance(value, ast.Call) or not _adds(value, facts):
            continue
        given = arguments(value, _ADD)
        what = given.get("summary")
        if what is site.call or (what is not None and step.path(what) in _fetched(site, scope)):
            assert isinstance(value.func, ast.Attribute)
            writer = step.path(value.func.value)
            if writer is None:
                raise Unliftable(value, "a summary writer that has no name")
            return Written(writer, given.get("global_step"), step)
    raise Unliftable(site.call, "summaries that are not handed to a writer")


def _adds(call: ast.Call, facts: Facts) -> bool:
    func = call.func
    return (
        facts.role(call) is Role.WRITER_CALL
        and isinstance(func, ast.Attribute)
        and func.attr == "add_summary"
    )


def _fetched(site: RunSite, scope: Scope) -> set[str]:
    """The names that the fetched summaries are given."""
    node = site.step.node
    if not isinstance(node, ast.Assign) or node.value is not site.call:
        return set()
    target = node.targets[0]
    targets = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    if site.shape != "one" and len(targets) != len(site.fetches):
        return set()
    return {
        site.step.path(each) or ""
        for each, fetch in zip(targets, site.fetches, strict=False)
        if fetch.operation
    }


def writer_text(call: ast.Call, facts: Facts, text: object) -> str | None:
    """The text that makes a writer natively; None if the call makes none."""
    if facts.role(call) is not Role.WRITER:
        return None
    given = arguments(call, ("logdir", "graph"))
    if "logdir" not in given:
        raise Unliftable(call, "a summary writer without a folder")
    return f"tf.summary.create_file_writer({text(given['logdir'])})"  # type: ignore[operator]


def gone(node: ast.stmt, facts: Facts) -> bool:
    """Whether a statement does something with a writer that nothing takes the place of."""
    value = node.value if isinstance(node, ast.Expr) else None
    return (
        isinstance(value, ast.Call)
        and facts.role(value) is Role.WRITER_CALL
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in _GONE
    )
