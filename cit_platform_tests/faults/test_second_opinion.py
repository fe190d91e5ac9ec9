"""An engine that errs publishes nothing: statsmodels, asked at every refresh, does not agree."""

import shutil
from pathlib import Path

import pytest

from cit_platform_tests.conftest import REPOSITORY, SMALL_CITY, Cit

pytestmark = pytest.mark.pipeline

ERROR = """

_exact = clustered


def clustered(*arguments, **options):
    fit = _exact(*arguments, **options)
    return replace(fit, covariance=fit.covariance * 1.00001)
"""


def test_a_standard_error_that_is_off_by_a_few_millionths_is_not_published(
    small_city_home: Path, tmp_path: Path
) -> None:
    home, package = tmp_path / "home", tmp_path / "package"
    shutil.copytree(small_city_home, home, symlinks=True)
    shutil.copytree(REPOSITORY / "cit_platform", package / "cit_platform")
    shutil.copy(REPOSITORY / "dagster.yaml", package)
    with (package / "cit_platform" / "inference" / "covariance.py").open("a") as module:
        module.write(ERROR)
    city = Cit(home, dict(SMALL_CITY), package)
    before = city.state()
    message = city.refused("refresh", "--select", 'key:"models/disposition"')
    assert "models/disposition keeps its last version" in message
    assert "second_opinion" in message
    assert "primary: arrest cit_certified: std_error_cr1" in message
    assert city.state() == before
