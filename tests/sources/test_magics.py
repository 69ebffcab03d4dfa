from __future__ import annotations

import ast

import pytest

from tfmigrate.sources.magics import to_python


@pytest.mark.parametrize(
    "source",
    [
        "",
        "\n",
        "x = 1\ny = x % 2\n",
        "x = (a\n     % b)\n",
        "x = [\n    !=\n]".replace("!=", "1 != 2"),
        "x = a \\\n    % b\n",
        's = """\n!ls\n%time x\n%%bash\nobj?\n"""\n',
        "s = '''a\\'''b\n!ls\n'''\n",
        "x = a != b\n",
        "x = '= !ls'\n",
        "x = 'really?'\n",
        "# !ls\n# what?\nx = 1",
        "f(a, # why (\n  b)\n",
        "f(')', \"]\", '\\'(')\ny = 1 % 2",
        "plt.plot(x);\n",
        "@decorator\ndef f(): pass\n",
        "x = {\n  'a': 1 if b else\n  '?'}\n",
        "d = {'k': '''\n/x\n'''}\n",
        "print('what?')  # really?\n",
        "pip = 1\npip += 2\nconda = pip",
        "await x\n",
        "f'''{a}\n!ls {b}'''\n",
    ],
)
def test_python_stays_as_it_is(source: str) -> None:
    result = to_python(source)
    assert result.source == source
    assert result.commands == ()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%matplotlib inline", "pass"),
        ("!ls", "pass"),
        ("!!ls -l\nx", "pass\nx"),
        ("if x:\n    !pip install y\nz", "if x:\n    pass\nz"),
        ("try:\n  %load_ext a\nexcept:\n\t%b\n", "try:\n  pass\nexcept:\n\tpass\n"),
        ("x = !ls", "x = None"),
        ("x, y =!ls *.py", "x, y =None"),
        ("x = %env HOME", "x = None"),
        ("?tf.log", "pass"),
        ("tf.log?", "pass"),
        ("tf.log??  ", "pass"),
        ("if x:\n    tf.*Opt*?", "if x:\n    pass"),
        ("%time?", "pass"),
        ("pip install tensorflow==1.15", "pass"),
        ("conda install -y x\ny", "pass\ny"),
        ("/f 1 2", "pass"),
        (",f a b", "pass"),
        # columns of what is timed are true
        ("%time y = tf.log(x)", "0;    y = tf.log(x)"),
        ("%timeit -n 10 -r 3 tf.log(x)", "0;                 tf.log(x)"),
        ("y = %time tf.log(x)", "y =       tf.log(x)"),
        ("%time", "pass"),
        ("%timeit for i in x: pass", "pass"),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("\n# title\n%%capture out\n!ls\nx = 1", "\n# title\npass\npass\nx = 1"),
        ("!wget a \\\n  -O b \\\n  -q\nx = 1", "pass\n\n\nx = 1"),
        ("x = (1,\n     2)\n!ls\n", "x = (1,\n     2)\npass\n"),
        ('s = """\n!ls"""\n!ls', 's = """\n!ls"""\npass'),
        ("s = 'a#b'; t = \"(\"\n!ls", "s = 'a#b'; t = \"(\"\npass"),
        ("x = 1  # (\n!ls", "x = 1  # (\npass"),
        ("x = a + \\\n  b\n%time", "x = a + \\\n  b\npass"),
        ("!echo '('\n!ls", "pass\npass"),
    ],
)
def test_what_only_ipython_understands_is_replaced(source: str, expected: str) -> None:
    result = to_python(source)
    assert result.source == expected
    assert result.source.count("\n") == source.count("\n")
    ast.parse(result.source)


@pytest.mark.parametrize(
    "source",
    [
        "%%bash\nls",
        "%%html\n<b>x</b>",
        "  %%javascript\nx = 1",
        "\n\n%%writefile a.py\nimport tensorflow as tf",
        "#@title Install\n%%sh\nls",
        "%%R -i x\nx <- 1",
        "%%python2\nprint 1",
    ],
)
def test_cells_that_are_not_python(source: str) -> None:
    assert to_python(source).source is None


@pytest.mark.parametrize(
    ("source", "commands"),
    [
        ("!pip install a", [(1, 2, "pip install a")]),
        ("x = 1\n    ! pip install a\n", [(2, 7, "pip install a")]),
        ("pip install a", [(1, 1, "pip install a")]),
        ("%pip install a", [(1, 2, "pip install a")]),
        ("out = !pip install a", [(1, 8, "pip install a")]),
        ("%tensorflow_version 1.x", [(1, 2, "tensorflow_version 1.x")]),
        ("%%bash\npip install a\n", [(2, 1, "pip install a")]),
        ("%matplotlib inline\n%%html\n", []),
        ("s = '''\n!pip install a'''", []),
        ("# !pip install a", []),
    ],
)
def test_commands(source: str, commands: list[tuple[int, int, str]]) -> None:
    found = to_python(source).commands
    assert [(command.row, command.column, command.text) for command in found] == commands
