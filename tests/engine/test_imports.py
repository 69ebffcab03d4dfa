"""Imports: added where a person would put them, removed where nothing needs them any more."""

from __future__ import annotations

import ast

import pytest

from tfmigrate.engine import imports, tidying
from tfmigrate.engine.edits import Offsets, apply
from tfmigrate.engine.imported import Key, read


def added(text: str, *statements: str) -> str:
    now = read(text)
    wants = imports.missing(imports.wanted(statements), now)
    return apply(text, Offsets(text).changes(imports.add(wants, now)))


def removed(text: str, *names: str, package: bool = False) -> str:
    """The text without the imports of ``names``, as if each had been used before."""
    now = read(text)
    before = {each.key for each in now.bindings if each.name in names or each.module in names}
    gone = tidying.unused(now, before, (), {"tensorflow", "tf_slim"}, package=package)
    return apply(text, Offsets(text).changes(tidying.remove(gone, now)))


ADDED = {
    "after its neighbours": (
        "import numpy as np\nimport tensorflow as tf\n\nx = 1\n",
        "from absl import flags",
        "import numpy as np\nimport tensorflow as tf\nfrom absl import flags\n\nx = 1\n",
    ),
    "in the order of from-imports": (
        "import tensorflow as tf\nfrom aaa import b\nfrom six import moves\n",
        "from absl import flags",
        "import tensorflow as tf\nfrom aaa import b\nfrom absl import flags\n"
        "from six import moves\n",
    ),
    "by module, where that is the order": (
        "from absl import app\nimport numpy as np\nfrom six import moves\n"
        "import tensorflow as tf\n",
        "import scipy",
        "from absl import app\nimport numpy as np\nimport scipy\nfrom six import moves\n"
        "import tensorflow as tf\n",
    ),
    "a plain import before from-imports": (
        "from six import moves\nfrom tensorflow import keras\n",
        "import numpy as np",
        "import numpy as np\nfrom six import moves\nfrom tensorflow import keras\n",
    ),
    "among others of the module": (
        "from absl import app\nimport tensorflow as tf\n",
        "from absl import flags",
        "from absl import app, flags\nimport tensorflow as tf\n",
    ),
    "in front of others of the module": (
        "from absl import logging  # why\nimport tensorflow as tf\n",
        "from absl import app",
        "from absl import app, logging  # why\nimport tensorflow as tf\n",
    ),
    "under another name": (
        "import logging\n\nimport tensorflow as tf\n",
        "from absl import logging as absl_logging",
        "import logging\n\nimport tensorflow as tf\nfrom absl import logging as absl_logging\n",
    ),
    "not into parentheses over several rows": (
        "from absl import (\n    app,\n)\nimport tensorflow as tf\n",
        "from absl import flags",
        "from absl import (\n    app,\n)\nfrom absl import flags\nimport tensorflow as tf\n",
    ),
    "to the standard library": (
        "import os\nimport sys\n\nimport tensorflow as tf\n",
        "import math",
        "import math\nimport os\nimport sys\n\nimport tensorflow as tf\n",
    ),
    "as the first of the standard library": (
        "import tensorflow as tf\n",
        "import math",
        "import math\n\nimport tensorflow as tf\n",
    ),
    "as the first of other packages": (
        "import os\n\nx = 1\n",
        "import tensorflow as tf",
        "import os\n\nimport tensorflow as tf\n\nx = 1\n",
    ),
    "not among those of the project": (
        "import os\nfrom . import models\n",
        "import tensorflow as tf",
        "import os\n\nimport tensorflow as tf\n\nfrom . import models\n",
    ),
    "after the docstring": (
        '"""What it does."""\n\ndef f():\n    import tensorflow as tf\n',
        "from absl import app",
        '"""What it does."""\n\nfrom absl import app\n\ndef f():\n    import tensorflow as tf\n',
    ),
    "after a docstring without a gap": (
        '"""What it does."""\ndef f():\n    import tensorflow as tf\n',
        "from absl import app",
        '"""What it does."""\n\nfrom absl import app\n\n\ndef f():\n    import tensorflow as tf\n',
    ),
    "after future imports": (
        "# licence\nfrom __future__ import print_function\nimport tensorflow as tf\n",
        "from absl import app",
        "# licence\nfrom __future__ import print_function\nimport tensorflow as tf\n"
        "from absl import app\n",
    ),
    "after future imports, before code": (
        "from __future__ import print_function\n\nprint(1)\n",
        "from absl import app",
        "from __future__ import print_function\n\nfrom absl import app\n\nprint(1)\n",
    ),
    "after the head of the file": (
        "#!/usr/bin/env python\n# licence\nprint(1)\n",
        "from absl import app",
        "#!/usr/bin/env python\n# licence\nfrom absl import app\n\nprint(1)\n",
    ),
    "before the comment on the first statement": (
        "# licence\n\n# says one\nprint(1)\n",
        "from absl import app",
        "# licence\n\nfrom absl import app\n\n# says one\nprint(1)\n",
    ),
    "not into a try": (
        "import os\ntry:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None\n",
        "from absl import app",
        "import os\n\nfrom absl import app\n\ntry:\n    import tensorflow as tf\n"
        "except ImportError:\n    tf = None\n",
    ),
    "before a row with other statements": (
        "import tensorflow as tf; x = 1\n",
        "from absl import app",
        "from absl import app\nimport tensorflow as tf; x = 1\n",
    ),
    "into an empty file": ("", "import os", "import os\n"),
}


@pytest.mark.parametrize(("before", "statement", "after"), ADDED.values(), ids=ADDED)
def test_an_import_is_added(before: str, statement: str, after: str) -> None:
    assert added(before, statement) == after
    ast.parse(after)
    assert added(after, statement) == after


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("import tensorflow as tf\n", "import tensorflow as tf"),
        ("import numpy, tensorflow as tf\n", "import tensorflow as tf"),
        ("from absl import (app,\n    flags)\n", "from absl import flags"),
        (
            "try:\n    import absl.flags as f\nexcept ImportError:\n    pass\n",
            "import absl.flags as f",
        ),
    ],
)
def test_what_is_imported_is_not_imported_again(text: str, statement: str) -> None:
    assert added(text, statement) == text


def test_several_at_once() -> None:
    text = "import os\n\nimport tensorflow as tf\n"
    asked = ("from absl import flags", "import math", "from absl import app", "import numpy as np")
    assert added(text, *asked) == (
        "import math\nimport os\n\nimport numpy as np\nimport tensorflow as tf\n"
        "from absl import app, flags\n"
    )


@pytest.mark.parametrize(
    ("text", "row", "taken"),
    [
        ("import logging\n", 1, True),
        ("logging = print\n", 1, True),
        ("def logging(): pass\n", 1, True),
        ("from tensorflow import logging\n", 1, True),
        ("from absl import logging\n", 1, False),
        ("def f(logging):\n    return 1\n", 2, True),
        ("def f(logging):\n    return 1\nx = 1\n", 3, False),
        ("def f():\n    import logging\n    return 1\n", 3, True),
        ("def f():\n    def g():\n        logging = 1\n    return 1\n", 4, False),
        ("class C:\n    logging = 1\n", 2, False),
        ("x.logging = 1\n", 1, False),
    ],
)
def test_names_that_are_something_else(text: str, row: int, taken: bool) -> None:
    (want,) = imports.wanted(["from absl import logging"])
    assert imports.taken(want, read(text), [row]) is taken


REMOVED = {
    "the statement": (
        "import os\nfrom tensorflow.contrib import slim\nx = os\n",
        "import os\nx = os\n",
    ),
    "one name of several": (
        "from tensorflow.contrib import slim, rnn\nrnn\n",
        "from tensorflow.contrib import rnn\nrnn\n",
    ),
    "the last name": (
        "from tensorflow.contrib import rnn, slim\nrnn\n",
        "from tensorflow.contrib import rnn\nrnn\n",
    ),
    "one with another name": (
        "from tensorflow.contrib import a as b, slim as slim, c as d\nb, d\n",
        "from tensorflow.contrib import a as b, c as d\nb, d\n",
    ),
    "from parentheses, with comments": (
        "from tensorflow.contrib import (  # all of it\n    rnn,  # cells\n    slim,  # layers\n"
        "    # the rest\n    crf,\n)\nrnn, crf\n",
        "from tensorflow.contrib import (  # all of it\n    rnn,  # cells\n"
        "    # the rest\n    crf,\n)\nrnn, crf\n",
    ),
    "the last in parentheses": (
        "from tensorflow.contrib import (rnn,\n    slim)\nrnn\n",
        "from tensorflow.contrib import (rnn)\nrnn\n",
    ),
    "the first in parentheses": (
        "from tensorflow.contrib import (slim,\n    rnn)\nrnn\n",
        "from tensorflow.contrib import (\n    rnn)\nrnn\n",
    ),
    "behind a backslash": (
        "from tensorflow.contrib import rnn, \\\n    slim\nrnn\n",
        "from tensorflow.contrib import rnn\nrnn\n",
    ),
    "beside another package": (
        "import numpy as np, tensorflow.contrib.slim as slim\nnp\n",
        "import numpy as np\nnp\n",
    ),
    "before a semicolon": (
        "import tensorflow.contrib.slim as slim; import os\nos\n",
        "import os\nos\n",
    ),
    "behind a semicolon": (
        "import os; import tensorflow.contrib.slim as slim\nos\n",
        "import os\nos\n",
    ),
    "between semicolons": (
        "import os; import tensorflow.contrib.slim as slim; x = 1\nos\n",
        "import os; x = 1\nos\n",
    ),
    "the only statement of a function": (
        "def f():\n    from tensorflow.contrib import slim\n",
        "def f():\n    pass\n",
    ),
    "the only statement on the row of a block": (
        "if x:  from tensorflow.contrib import slim\n",
        "if x:  pass\n",
    ),
    "in a function": (
        "def f():\n    from tensorflow.contrib import slim\n    return 1\n",
        "def f():\n    return 1\n",
    ),
    "with the gap around it": (
        "import os\n\nfrom tensorflow.contrib import slim\n\nx = os\n",
        "import os\n\nx = os\n",
    ),
    "with the smaller gap": (
        "import os\n\nfrom tensorflow.contrib import slim\n\n\ndef f(): os\n",
        "import os\n\n\ndef f(): os\n",
    ),
    "at the head of the file": (
        "from tensorflow.contrib import slim\n\nx = 1\n",
        "x = 1\n",
    ),
    "at the end of the file": ("x = 1\nfrom tensorflow.contrib import slim", "x = 1\n"),
    "with its comment, not with others": (
        "# about os\nimport os\n# about slim\nfrom tensorflow.contrib import slim  # noqa\nos\n",
        "# about os\nimport os\n# about slim\nos\n",
    ),
    "a parameter of the same name is no use": (
        "from tensorflow.contrib import slim\ndef f(slim):\n    return slim\n",
        "def f(slim):\n    return slim\n",
    ),
    "of two neighbours both": (
        "import os\n\nfrom tensorflow.contrib import slim\nimport tensorflow.contrib.slim as slim\n"
        "\nx = os\n",
        "import os\n\nx = os\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_an_import_is_removed(before: str, after: str) -> None:
    assert removed(before, "slim") == after
    ast.parse(after)


@pytest.mark.parametrize(
    "text",
    [
        "from tensorflow.contrib import slim\nslim.conv2d\n",
        "from tensorflow.contrib import slim\ndef f():\n    return slim\n",
        "from tensorflow.contrib import slim\ndef f(x=slim): pass\n",
        "from tensorflow.contrib import slim\nclass C:\n    def m(self): [slim for _ in x]\n",
        "from tensorflow.contrib import slim\n__all__ = ['slim']\n",
        "from tensorflow.contrib import slim\n__all__ = []\n__all__ += ['slim']\n",
        "from tensorflow.contrib import slim\n__all__ = []\n__all__.append('slim')\n",
        "from tensorflow.contrib import slim\ndef f(x: 'slim.Layer'): pass\n",
        "from tensorflow.contrib import slim\ndef f() -> 'slim.Layer': pass\n",
        "try:\n    from tensorflow.contrib import slim\nexcept ImportError:\n    slim = None\n",
        "try:\n    pass\nexcept ImportError:\n    from tensorflow.contrib import slim\n",
        "class C:\n    from tensorflow.contrib import slim\n",
        "from numpy import slim\n",
        "from . import slim\n",
        "def f():\n    global slim\n    from tensorflow.contrib import slim\n",
        "def f():\n    from tensorflow.contrib import slim\n    def g():\n        return slim\n",
        "from tensorflow.contrib import slim\ndel slim\n",
    ],
)
def test_an_import_that_is_needed_or_not_understood_stays(text: str) -> None:
    assert removed(text, "slim") == text


def test_the_imports_of_a_package_are_its_interface() -> None:
    text = "from tensorflow.contrib import slim\n\n\ndef f():\n    from tensorflow import log\n"
    assert removed(text, "slim", "log", package=True) == text.replace(
        "from tensorflow import log", "pass"
    )


def test_one_that_was_unused_before_stays() -> None:
    text = "from tensorflow.contrib import slim\n"
    now = read(text)
    assert tidying.unused(now, (), (), {"tensorflow"}, package=False) == []


def test_one_that_fixing_added_goes_whatever_it_is() -> None:
    now = read("import numpy as np\n")
    (gone,) = tidying.unused(now, (), {Key((), "numpy", "", "np")}, (), package=False)
    assert gone.name == "np"


DOTTED = {
    "the package is still used": (
        "import tensorflow.contrib.slim\ntensorflow.cast\n",
        "import tensorflow\ntensorflow.cast\n",
    ),
    "another import makes it known": (
        "import tensorflow\nimport tensorflow.contrib.slim\ntensorflow.cast\n",
        "import tensorflow\ntensorflow.cast\n",
    ),
    "nothing is used": ("import tensorflow.contrib.slim\nx = 1\n", "x = 1\n"),
    "two of them": (
        "import tensorflow.contrib.slim\nimport tensorflow.contrib.rnn\ntensorflow.cast\n",
        "import tensorflow\ntensorflow.cast\n",
    ),
    "it is still used": (
        "import tensorflow.contrib.slim\ntensorflow.contrib.slim.conv2d\n",
        "import tensorflow.contrib.slim\ntensorflow.contrib.slim.conv2d\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), DOTTED.values(), ids=DOTTED)
def test_a_dotted_import_leaves_its_package(before: str, after: str) -> None:
    assert removed(before, "tensorflow.contrib.slim", "tensorflow.contrib.rnn") == after
