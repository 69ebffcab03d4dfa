"""Run sites as calls of the functions that they became."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfmigrate.lifting.functions import (
    arguments,
    values_of,
)
from tfmigrate.lifting.model import Fetch, RunSite, Unliftable
from tfmigrate.lifting.probes import OUTPUT_SHAPE

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission
    from tfmigrate.lifting.slices import Part


class RunSites:
    """Writes what becomes of each run site; ``out`` takes the texts."""

    def __init__(self, out: Emission) -> None:
        self.out = out
        self.program = out.program
        self.scope = out.scope
        self.text = out.text
        self.replaced = out.replaced

    def site(self, site: RunSite) -> None:
        """A run site becomes a call, or what is fetched itself."""
        part = self.program.of_site.get(site)
        looked_at = self.program.looked_at.get(site)
        if looked_at is not None and self.program.draws is not None:
            self.program.draws.looks(site, looked_at)
            return
        if part is None:
            self.direct(site)
            return
        if site.probe:
            self.replaced[site.call] = f"{part.name}.{OUTPUT_SHAPE}"
            return
        passed = arguments(site, part, self.program, self.text)
        if site.writer:
            step = self.text(site.at_step) if site.at_step is not None else "0"
            named = any("=" in each or each.startswith("*") for each in passed)
            passed.append(f"step={step}" if named else step)
        given = ", ".join(passed)
        cls = self.program.owners[part]
        where = f"{self.program.objects.instance(cls, site.step)}." if cls else ""
        call = f"{where}{self.callee(part, site)}({given})"
        valued = values_of(part)
        fetches = part.fetches or []
        if any(self.out.structures.is_nested(fetches[index], site) for index in valued):
            self.nested(site, call, valued)
            return
        statement = site.step.node
        if isinstance(statement, ast.Expr) and statement.value is site.call:
            self.replaced[site.call] = call
        elif isinstance(statement, ast.Expr) and not valued and site.writer:
            # `writer.add_summary(sess.run(merged), step)`
            self.out.replaced_statement(statement, [call])
        elif isinstance(statement, ast.Assign) and not valued and statement.value is site.call:
            self.out.replaced_statement(statement, [call])
        elif site.shape == "one":
            if not valued:
                raise Unliftable(site.call, "the result of an operation, which is None")
            self.replaced[site.call] = f"{call}.numpy()"
        elif not self.unpacked(site, call, valued):
            self.structured(site, call, valued)

    def callee(self, part: Part, site: RunSite) -> str:
        """The name of a function where a run site stands.

        A function that was handed a tensor of another function to run is handed a function now.

        Raises:
            Unliftable: nothing that it was handed can be called.
        """
        home = self.out.home(part)
        here = self.scope.facts.within.get(id(site.call))
        if home is None or here is None or here is home or here in set(ast.walk(home)):
            return part.name
        paths = [fetch.path for fetch in site.fetches]
        handed = [each.arg for each in here.args.args]
        for name in handed:
            given = len(paths) == 1 and site.step.names.own.get(name) == paths[0]
            if given and self.out.passed.setdefault((here, name), part.name) == part.name:
                return name
        raise Unliftable(site.call, f"`{here.name}` runs what `{home.name}` builds")

    def nested(self, site: RunSite, call: str, valued: list[int]) -> None:
        """A run site that fetches structures of tensors."""
        node = site.step.node
        mapping = self.out.reading.spell("tf.nest.map_structure")
        mapped = f"{mapping}(lambda value: value.numpy(), {call})"
        target = (
            node.targets[0] if isinstance(node, ast.Assign) and node.value is site.call else None
        )
        if isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == len(site.fetches):
            if site.shape != "one":
                names = ", ".join(self.text(target.elts[index]) for index in valued)
                self.out.replaced_statement(node, [f"{names} = {mapped}"])
                return
        if len(valued) != len(site.fetches) or site.shape == "dict":
            raise Unliftable(site.call, "the results are kept together with those of operations")
        alone = len(valued) == 1 and site.shape != "one"
        text = f"[{mapped}]" if alone else mapped
        self.replaced[site.call] = f"list({mapped})" if site.shape == "list" and not alone else text

    def unpacked(self, site: RunSite, call: str, valued: list[int]) -> bool:
        """``_, l = sess.run([train, loss])``: only what has a value is bound."""
        node = site.step.node
        if not isinstance(node, ast.Assign) or node.value is not site.call:
            return False
        target = node.targets[0]
        if len(node.targets) != 1 or not isinstance(target, (ast.Tuple, ast.List)):
            return False
        if len(target.elts) != len(site.fetches):
            return False
        names = [self.text(target.elts[index]) for index in valued]
        if not names:
            self.out.replaced_statement(node, [call])
        elif len(names) == 1:
            self.out.replaced_statement(node, [f"{names[0]} = {call}.numpy()"])
        else:
            joined = ", ".join(names)
            self.out.replaced_statement(node, [f"{joined} = (value.numpy() for value in {call})"])
        return True

    def structured(self, site: RunSite, call: str, valued: list[int]) -> None:
        """A list, tuple or dictionary of values."""
        if self.picked(site, call, valued):
            return
        if len(valued) != len(site.fetches):
            self.replaced[site.call] = with_operations(site, call, valued)
            return
        several = f"value.numpy() for value in {call}"
        if len(valued) == 1:
            several = f"{call}.numpy()"
        if site.shape == "dict":
            if len(valued) == 1:
                self.replaced[site.call] = f"{{{self.text(site.keys[0])}: {several}}}"
                return
            keys = ", ".join(self.text(key) for key in site.keys)
            self.replaced[site.call] = f"dict(zip(({keys}), ({several})))"
        elif site.shape == "tuple":
            several = f"({several},)" if len(valued) == 1 else f"tuple({several})"
            self.replaced[site.call] = several
        else:
            self.replaced[site.call] = f"[{several}]"

    def picked(self, site: RunSite, call: str, valued: list[int]) -> bool:
        """``sess.run([train, loss])[1]``: one of the results."""
        for each in ast.walk(site.step.node):
            if isinstance(each, ast.Subscript) and each.value is site.call:
                index = each.slice.value if isinstance(each.slice, ast.Constant) else None
                if index in valued and isinstance(index, int):
                    which = f"[{valued.index(index)}]" if len(valued) > 1 else ""
                    self.replaced[each] = f"{call}{which}.numpy()"
                    return True
        return False

    def direct(self, site: RunSite) -> None:
        """A run site of what is there already: an eager tensor or a variable.

        Raises:
            Unliftable: something is computed to be fed, though nothing needs it.
        """
        for value in site.feeds.values():
            if any(isinstance(each, ast.Call) for each in ast.walk(value)):
                raise Unliftable(value, "what is fed is not needed, but making it may do something")
        for fetch in site.fetches:
            self.out.assignments(fetch.node)
        values = [self.fetched(fetch.node, site, fetch) for fetch in site.fetches]
        statement = site.step.node
        if isinstance(statement, ast.Expr) and statement.value is site.call:
            done = [self.text(each.node) for each in site.fetches if each.path is None]
            self.out.replaced_statement(statement, done)
        elif site.shape == "one":
            self.replaced[site.call] = values[0]
        elif site.shape == "dict":
            keys = [self.text(key) for key in site.keys]
            pairs = ", ".join(f"{k}: {v}" for k, v in zip(keys, values, strict=True))
            self.replaced[site.call] = f"{{{pairs}}}"
        elif site.shape == "tuple":
            self.replaced[site.call] = f"({', '.join(values)},)"
        else:
            self.replaced[site.call] = f"[{', '.join(values)}]"

    def fetched(self, node: ast.expr, site: RunSite, fetch: Fetch) -> str:
        """The NumPy value of an eager tensor."""
        text = self.text(node)
        if self.out.structures.is_nested(fetch, site):
            mapped = self.out.reading.spell("tf.nest.map_structure")
            return f"{mapped}(lambda value: value.numpy(), {text})"
        atom = isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
        return f"{text}.numpy()" if atom else f"({text}).numpy()"


def with_operations(site: RunSite, call: str, valued: list[int]) -> str:
    """The results of a run site as a list with None for each operation.

    Raises:
        Unliftable: operations stand between values, or the results have keys.
    """
    first, last = min(valued, default=0), max(valued, default=-1)
    if site.shape == "dict" or valued != list(range(first, last + 1)):
        raise Unliftable(site.call, "the results are kept together with those of operations")
    several = f"*(value.numpy() for value in {call})"
    if len(valued) == 1:
        several = f"{call}.numpy()"
    parts = ["None"] * first + [several] + ["None"] * (len(site.fetches) - 1 - last)
    return f"({', '.join(parts)})" if site.shape == "tuple" else f"[{', '.join(parts)}]"
