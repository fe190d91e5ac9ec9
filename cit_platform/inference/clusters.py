"""Keys of clusters as integer codes."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cit_platform.inference.design import IntArray


def cluster_codes(keys: pd.Series | NDArray[Any]) -> IntArray:
    """Code clusters 0, 1, … in the order of their first row; a row with a null key is a cluster of its own; (n,)."""
    codes = pd.factorize(keys)[0].astype(np.int64)
    missing = codes < 0
    codes[missing] = codes.max(initial=-1) + 1 + np.arange(missing.sum())
    return pd.factorize(codes)[0].astype(np.int64)
