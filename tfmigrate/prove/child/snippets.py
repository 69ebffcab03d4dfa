"""Runs many short pieces of code in one process and takes down the value of each."""

from __future__ import annotations

import ast
import json
import os
import random
import tempfile
import traceback
from pathlib import Path
from typing import Any

from tfmigrate.prove.child import values


def run(work: dict[str, Any]) -> None:
    """Run ``work["snippets"]``: pairs of a key and code, whose last expression is the value.

    ``work["inputs"]`` are expressions by name, made anew for each snippet that uses the name. A
    line of JSON a snippet is added to the file ``work["results"]``, so that after a crash it is
    known which one it was.
    """
    os.chdir(tempfile.mkdtemp(dir=work["folder"]))
    with Path(work["results"]).open("a", encoding="utf-8") as file:
        for key, code in work["snippets"]:
            file.write(json.dumps({"key": key}) + "\n")
            file.flush()
            answer = {"key": key, "value": None, "error": ""}
            try:
                answer["value"] = value_of(code, work["inputs"])
            except BaseException as error:
                text = " ".join(str(error).split())[:400]
                answer["error"] = f"{type(error).__name__}: {text}"
                answer["trace"] = traceback.format_exc()[-1500:]
            file.write(json.dumps(answer) + "\n")
            file.flush()
    os._exit(0)


def value_of(code: str, inputs: dict[str, str]) -> Any:
    """The value of a snippet as plain data, with a graph of its own where there are graphs."""
    import numpy as np
    import tensorflow as tf

    random.seed(0)
    np.random.seed(0)
    names = {"tf": tf, "np": np, "__name__": "snippet"}
    if tf.executing_eagerly():
        return values.plain(evaluate(code, names, inputs))
    with tf.Graph().as_default():
        result = evaluate(code, names, inputs)
        with tf.compat.v1.Session() as session:
            session.run(
                [
                    tf.compat.v1.global_variables_initializer(),
                    tf.compat.v1.local_variables_initializer(),
                    tf.compat.v1.tables_initializer(),
                ]
            )
            return values.plain(values.fetched(result, session))


def evaluate(code: str, names: dict[str, Any], inputs: dict[str, str]) -> Any:
    """Run ``code`` and return the value of the expression that it ends with."""
    tree = ast.parse(code)
    for name in used(tree, inputs):
        names[name] = eval(inputs[name], names)
    last = tree.body.pop()
    if not isinstance(last, ast.Expr):
        raise ValueError("the code does not end with an expression")
    # a file of its own: tf.function reads the source, and what it has read it remembers
    number = sum(1 for _ in Path.cwd().glob("snippet*.py"))
    path = str(Path.cwd() / f"snippet{number}.py")
    Path(path).write_text(code, encoding="utf-8")
    names["__file__"] = path
    exec(compile(tree, path, "exec"), names)
    return eval(compile(ast.Expression(last.value), path, "eval"), names)


def used(tree: ast.AST, inputs: dict[str, str]) -> list[str]:
    """The inputs that a piece of code needs, and those that these are made of before them."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in inputs and node.id not in found:
            inner = used(ast.parse(inputs[node.id]), inputs)
            found += [name for name in (*inner, node.id) if name not in found]
    return found
