"""The worked example of the formulas runs as it is printed."""

import doctest

from cit_platform_tests.conftest import REPOSITORY


def test_the_worked_example() -> None:
    result = doctest.testfile(str(REPOSITORY / "docs" / "formulas.md"), module_relative=False, encoding="utf-8")
    assert result.attempted > 10
    assert result.failed == 0
