"""Sessions that watch over training, in their plain form: a session, and a step to stop at.

``MonitoredTrainingSession(hooks=[StopAtStepHook(n)])`` initializes variables and stops when the
global step is ``n``. With that said in the program, it is a session like any other.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.writing import Action, Source, write

_SESSIONS = {
    "tf.train.MonitoredTrainingSession": (
        "master",
        "is_chief",
        "checkpoint_dir",
        "scaffold",
        "hooks",
    ),
    "tf.train.MonitoredSession": ("session_creator", "hooks"),
    "tf.train.SingularMonitoredSession": (
        "hooks",
        "scaffold",
        "master",
        "config",
        "checkpoint_dir",
    ),
}
_HARMLESS = frozenset({"master", "is_chief", "config", "hooks", "log_step_count_steps"})
_SILENT = frozenset({"tf.train.NanTensorHook"})
_STOP = "tf.train.StopAtStepHook"
_SUPERVISOR = "tf.train.Supervisor"


@dataclass
class _Session:
    """A ``with`` that opens such a session, under a name, and the step that it stops at."""

    node: ast.With
    call: ast.Call
    name: str
    last: str = ""


def plain_sessions(text: str, facts: Facts) -> str | None:
    """Write plain sessions in the place of those that watch; None if there are none."""
    if not facts.symbols & {*_SESSIONS, _SUPERVISOR}:
        return None
    replaced: dict[ast.expr, str] = {}
    actions: dict[ast.stmt, Action] = {}
    for node in ast.walk(facts.tree):
        if not isinstance(node, ast.With) or len(node.items) != 1:
            continue
        item = node.items[0]
        call, name = item.context_expr, item.optional_vars
        if not isinstance(call, ast.Call) or not isinstance(name, ast.Name):
            continue
        root = _root(call)
        session = _Session(node, call, name.id)
        if facts.symbol(call.func) in _SESSIONS:
            _hooks(session, text, facts, actions)
        elif not _supervised(call, facts, actions):
            continue
        replaced[call] = f"{root}.Session()"
        first = node.body[0]
        made = f"{name.id}.run({root}.global_variables_initializer())"
        actions.setdefault(first, Action()).before.append(made)
        _stops(session, facts, replaced, actions)
    return write(Source(text), replaced, actions) if replaced else None


def _root(call: ast.Call) -> str:
    """How the file calls TensorFlow, as far as the call shows."""
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) and node.id == "tf" else "tf"


def _hooks(session: _Session, text: str, facts: Facts, actions: dict[ast.stmt, Action]) -> None:
    """Read what a session is given."""
    given = arguments(session.call, _SESSIONS[facts.symbol(session.call.func) or ""])
    for name in given:
        if name not in _HARMLESS:
            raise Unliftable(session.call, f"a session that is monitored with `{name}`")
    hooks = given.get("hooks")
    if isinstance(hooks, ast.Name):
        bound = [
            each
            for each in ast.walk(facts.tree)
            if isinstance(each, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == hooks.id for t in each.targets)
        ]
        if len(bound) != 1:
            raise Unliftable(session.call, "hooks that are listed somewhere else")
        actions.setdefault(bound[0], Action()).removed = True
        hooks = bound[0].value
    if hooks is None:
        return
    if not isinstance(hooks, (ast.List, ast.Tuple)):
        raise Unliftable(hooks, "hooks that are listed somewhere else")
    for each in hooks.elts:
        symbol = facts.symbol(each.func) if isinstance(each, ast.Call) else None
        if symbol in _SILENT:
            continue
        if symbol != _STOP or not isinstance(each, ast.Call):
            raise Unliftable(each, "a hook that has no counterpart")
        limits = arguments(each, ("num_steps", "last_step"))
        session.last = ast.get_source_segment(text, next(iter(limits.values()))) or ""


def _supervised(call: ast.Call, facts: Facts, actions: dict[ast.stmt, Action]) -> bool:
    """Whether a call opens the session of a supervisor that only supervises."""
    func = call.func
    if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name):
        return False
    if func.attr not in ("managed_session", "prepare_or_wait_for_session"):
        return False
    for node in ast.walk(facts.tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        target = node.targets[0]
        if not isinstance(target, ast.Name) or target.id != func.value.id:
            continue
        if facts.symbol(node.value.func) == _SUPERVISOR:
            given = arguments(node.value, ("graph",))
            for name in set(given) - {"graph", "is_chief"}:
                raise Unliftable(node.value, f"a supervisor with `{name}`")
            actions.setdefault(node, Action()).removed = True
            return True
    return False


def _stops(
    session: _Session,
    facts: Facts,
    replaced: dict[ast.expr, str],
    actions: dict[ast.stmt, Action],
) -> None:
    """Write when the session stops."""
    steps = [
        each.targets[0].id
        for each in ast.walk(facts.tree)
        if isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Name)
        and isinstance(each.value, ast.Call)
        and facts.role(each.value) is Role.GLOBAL_STEP
    ]
    for node in ast.walk(session.node):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and _asks(node.operand):
            if session.last and len(set(steps)) == 1:
                replaced[node] = f"{session.name}.run({steps[0]}) < {session.last}"
            else:
                raise Unliftable(node, "when this session stops cannot be told")
        elif isinstance(node, ast.If) and _asks(node.test):
            if session.last:
                raise Unliftable(node, "when this session stops cannot be told")
            if node.orelse:
                raise Unliftable(node, "a branch for a session that stops")
            actions.setdefault(node, Action()).removed = True


def _asks(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "should_stop"
    )
